import io
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from yesfirst.intake.cells import DeclaredAttribute
from yesfirst.intake.csvfile import Row, read_layout, read_rows
from yesfirst.intake.headers import match_columns
from yesfirst.intake.people import (
    ExpiresAfter,
    ImportPlan,
    NeverExpires,
    Person,
    Rejected,
    merge,
    plan_import,
    precedence,
    read_row,
)
from yesfirst.intake.result import RowReason
from yesfirst.rules.attributes import AttributeType

DATA = Path(__file__).parents[1] / "data"
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
SHANGHAI = ZoneInfo("Asia/Shanghai")
ATTRIBUTES = (
    DeclaredAttribute("name", AttributeType.TEXT, private=True),
    DeclaredAttribute("city", AttributeType.TEXT),
    DeclaredAttribute("tags", AttributeType.SET),
    DeclaredAttribute("points", AttributeType.NUMBER),
)
HEADER = ("客户编号", "姓名", "手机号", "城市", "标签", "积分", "语言", "同意日期", "同意有效期至", "备注")
GOOD = {"手机号": "13800138000", "同意日期": "2026-06-16", "同意有效期至": "2027-06-16"}


class ExpectedRow(msgspec.Struct):
    line: int
    outcome: str
    reason: str | None = None
    e164: str | None = None


class Expected(msgspec.Struct):
    per_row: list[ExpectedRow]


def plan_for(
    header: tuple[str, ...] = HEADER, declared: ExpiresAfter | NeverExpires | None = None
) -> ImportPlan:
    columns = match_columns(header, ATTRIBUTES, chosen={}, sample=(), expires_by_column=declared is None)
    return plan_import(columns, declared, zone=SHANGHAI, default_region="CN", width=len(header))


PLAN = plan_for()


def read(plan: ImportPlan = PLAN, /, **changes: str) -> Person | Rejected:
    cells = GOOD | changes
    return read_row(Row(1, 2, [cells.get(name, "") for name in HEADER]), plan, NOW)


def read_person(plan: ImportPlan = PLAN, /, **changes: str) -> Person:
    person = read(plan, **changes)
    assert isinstance(person, Person)
    return person


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030", "utf-16"])
def test_every_row_of_the_sample_ends_as_expected(encoding: str) -> None:
    expected = msgspec.json.decode((DATA / "people.expected.json").read_bytes(), type=Expected)
    source = io.BytesIO((DATA / f"people.{encoding}.csv").read_bytes())
    layout = read_layout(source)
    rows = list(read_rows(source, layout))
    plan = plan_for(layout.header)
    seen: set[str] = set()
    found = []
    for row in rows:
        read = read_row(row, plan, NOW)
        if isinstance(read, Rejected):
            found.append(ExpectedRow(read.line, "rejected", read.reason))
            continue
        outcome = "same_subject" if read.e164 in seen else "imported"
        found.append(ExpectedRow(read.line, outcome, None, read.e164))
        seen.add(read.e164)
    assert found == expected.per_row
    assert len(seen) == 2472


def test_a_row_is_read_with_all_that_it_says() -> None:
    assert read(客户编号="C1", 姓名="王芳", 城市="上海", 标签="vip;新客", 积分="120", 语言="中文") == Person(
        line=2,
        e164="+8613800138000",
        given=datetime(2026, 6, 15, 16, tzinfo=UTC),
        expires=datetime(2027, 6, 16, 16, tzinfo=UTC),
        attributes={"city": "上海", "tags": ["vip", "新客"], "points": 120},
        private={"name": "王芳"},
        external_id="C1",
        language="zh",
    )


@pytest.mark.parametrize(
    ("changes", "reason", "column"),
    [
        ({"手机号": ""}, RowReason.NUMBER_MISSING, "手机号"),
        ({"手机号": "N/A"}, RowReason.NUMBER_MISSING, "手机号"),
        ({"手机号": "12345"}, RowReason.NUMBER_INVALID, "手机号"),
        ({"手机号": "13800138000/13900139000"}, RowReason.NUMBER_INVALID, "手机号"),
        ({"同意日期": ""}, RowReason.GIVEN_INVALID, "同意日期"),
        ({"同意日期": "昨天"}, RowReason.GIVEN_INVALID, "同意日期"),
        ({"同意日期": "03/04/2026"}, RowReason.GIVEN_INVALID, "同意日期"),
        ({"同意日期": "2026-11-23"}, RowReason.GIVEN_IN_FUTURE, "同意日期"),
        ({"同意日期": "2026-11-22 20:00:01"}, RowReason.GIVEN_IN_FUTURE, "同意日期"),
        ({"同意有效期至": ""}, RowReason.EXPIRES_INVALID, "同意有效期至"),
        ({"同意有效期至": "永久"}, RowReason.EXPIRES_INVALID, "同意有效期至"),
        ({"同意有效期至": "9999-12-31"}, RowReason.EXPIRES_INVALID, "同意有效期至"),
        ({"同意有效期至": "2026-06-15"}, RowReason.EXPIRES_BEFORE_GIVEN, "同意有效期至"),
        ({"积分": "many"}, RowReason.ATTRIBUTE_INVALID, "积分"),
        ({"语言": "方言"}, RowReason.ATTRIBUTE_INVALID, "语言"),
        ({"客户编号": "x" * 501}, RowReason.ATTRIBUTE_INVALID, "客户编号"),
        ({"手机号": "-", "同意日期": "昨天", "积分": "many"}, RowReason.NUMBER_MISSING, "手机号"),
    ],
)
def test_a_row_that_cannot_be_taken_names_the_first_reason_and_its_column(
    changes: dict[str, str], reason: RowReason, column: str
) -> None:
    assert read(**changes) == Rejected(2, reason, column)


@pytest.mark.parametrize(
    "changes",
    [
        {"同意日期": "2026-11-22"},
        {"同意日期": "2026-11-22 20:00:00"},  # now, to the second
        {"同意有效期至": "2026-06-16"},  # to the end of the day on which it was given
        {"同意日期": "2025-01-01", "同意有效期至": "2025-02-01"},  # expired, and still a fact
    ],
)
def test_consent_at_the_edge_of_what_is_possible_is_taken(changes: dict[str, str]) -> None:
    assert isinstance(read(**changes), Person)


def test_an_expiry_at_the_very_instant_of_giving_is_no_consent() -> None:
    rejected = read(同意日期="2026-06-16 08:30", 同意有效期至="2026-06-16 08:30")
    assert rejected == Rejected(2, RowReason.EXPIRES_BEFORE_GIVEN, "同意有效期至")


def test_a_declared_validity_is_counted_from_the_giving() -> None:
    after = read_person(plan_for(declared=ExpiresAfter(365)), 同意日期="2025-06-16")
    assert after.expires == datetime(2026, 6, 15, 16, tzinfo=UTC)
    assert read_person(plan_for(declared=NeverExpires())).expires is None


def test_an_import_without_any_expiry_is_refused() -> None:
    columns = match_columns(("手机号", "同意日期"), (), chosen={}, sample=(), expires_by_column=False)
    with pytest.raises(ValueError, match="no expiry"):
        plan_import(columns, None, zone=SHANGHAI, default_region="CN", width=2)


@pytest.mark.parametrize(
    ("shape", "whole"),
    [
        (lambda cells: cells, True),
        (lambda cells: cells[:9], True),  # the remarks, which nobody reads, are cut off
        (lambda cells: cells[:8], False),
        (lambda cells: [], False),
        (lambda cells: [*cells, "", " "], True),
        (lambda cells: [*cells, "", "x"], False),
    ],
)
def test_a_row_must_have_the_cells_that_are_read_and_none_too_many(
    shape: Callable[[list[str]], list[str]], whole: bool
) -> None:
    row = Row(1, 2, shape([GOOD.get(name, "") for name in HEADER]))
    found = read_row(row, PLAN, NOW)
    assert isinstance(found, Person) if whole else found == Rejected(2, RowReason.COLUMNS_MISMATCH)


def test_a_person_does_not_show_who_they_are() -> None:
    person = read_person(姓名="王芳", 客户编号="C1")
    assert repr(person) == f"{person}" == "Person(line=2)"


def test_the_latest_consent_wins_and_a_blank_cell_erases_nothing() -> None:
    older = read_person(
        同意日期="2026-01-01", 同意有效期至="2030-01-01", 姓名="王芳", 城市="上海", 客户编号="C1"
    )
    newer = read_person(同意日期="2026-06-01", 同意有效期至="2026-12-01", 城市="杭州", 标签="vip")
    merged = merge([older, newer])
    assert (merged.given, merged.expires) == (newer.given, newer.expires)
    assert merged.attributes == {"city": "杭州", "tags": ["vip"]}
    assert (merged.private, merged.external_id) == ({"name": "王芳"}, "C1")


def test_of_two_consents_given_at_once_the_shorter_wins() -> None:
    endless = read_person(plan_for(declared=NeverExpires()))
    assert (
        merge([endless, read_person()]).expires
        == merge([read_person(), endless]).expires
        == read_person().expires
    )


def test_rows_about_different_numbers_are_not_merged() -> None:
    with pytest.raises(ValueError, match="one number"):
        merge([read_person(), read_person(手机号="13900139000")])


people = st.builds(
    Person,
    line=st.integers(2, 9),
    e164=st.just("+8613800138000"),
    given=st.sampled_from([datetime(2026, month, 1, tzinfo=UTC) for month in (1, 2)]),
    expires=st.none() | st.sampled_from([datetime(2027, month, 1, tzinfo=UTC) for month in (1, 2)]),
    attributes=st.dictionaries(st.sampled_from(["city", "points"]), st.sampled_from(["a", "b", 1])),
    private=st.dictionaries(st.just("name"), st.sampled_from(["a", "b"])),
    external_id=st.none() | st.sampled_from(["a", "b"]),
    language=st.none() | st.sampled_from(["zh", "en"]),
)


@given(rows=st.lists(people, min_size=1, max_size=5), data=st.data())
def test_the_order_of_rows_does_not_change_what_they_add_up_to(
    rows: list[Person], data: st.DataObject
) -> None:
    def said(person: Person) -> Person:
        return msgspec.structs.replace(person, line=0)

    shuffled = data.draw(st.permutations(rows))
    assert said(merge(shuffled)) == said(merge(rows))


@given(people, people)
def test_precedence_ties_only_what_says_the_same(one: Person, other: Person) -> None:
    same = msgspec.structs.replace(one, line=0) == msgspec.structs.replace(other, line=0)
    assert (precedence(one) == precedence(other)) == same
