import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from yesfirst.rules.numbers import Number, NumberProblem, parse


@pytest.mark.parametrize(
    ("cell", "e164"),
    [
        ("13000000001", "+8613000000001"),
        (" 13000000001\u3000", "+8613000000001"),
        ("130-0000-0001", "+8613000000001"),
        ("130 0000 0001", "+8613000000001"),
        ("130\u20110000\u20110001", "+8613000000001"),
        ("'13000000001", "+8613000000001"),
        ("’13000000001", "+8613000000001"),
        ("１３００００００００１", "+8613000000001"),
        ("（+86）13000000001", "+8613000000001"),
        ("(0086) 130 0000 0001", "+8613000000001"),
        ("+86 13000000001", "+8613000000001"),
        ("＋86－130－0000－0001", "+8613000000001"),
        ("008613000000001", "+8613000000001"),
        ("86-13000000001", "+8613000000001"),
        ("8613000000001", "+8613000000001"),
        ("\u202a+8613000000001\u202c", "+8613000000001"),
        ("\ufeff13000000001", "+8613000000001"),
        ("+1-305-555-0123", "+13055550123"),
        ("0013055550123", "+13055550123"),
        ("+1 (305) 555.0123", "+13055550123"),
        ("+44 (0)7400 000100", "+447400000100"),
        ("+44 7400 000100", "+447400000100"),
        ("+82 10-0000-0001", "+821000000001"),
    ],
)
def test_a_number_is_read_as_people_write_it(cell: str, e164: str) -> None:
    assert parse(cell, "CN") == Number(e164)


@pytest.mark.parametrize(
    ("cell", "region", "e164"),
    [
        ("(305) 555-0123", "US", "+13055550123"),
        ("1 305 555 0123", "US", "+13055550123"),
        ("8613000000001", "US", None),
        ("+8613000000001", "US", "+8613000000001"),
        ("07400 000100", "GB", "+447400000100"),
        ("010-0000-0001", "KR", "+821000000001"),
    ],
)
def test_a_number_without_country_code_is_of_the_default_region(
    cell: str, region: str, e164: str | None
) -> None:
    assert parse(cell, region) == (Number(e164) if e164 else NumberProblem.INVALID)


@pytest.mark.parametrize(
    "cell", ["", "   ", "\u3000", "-", "—", "//", "'", "无", "暂无", "N/A", "na", "NULL", "None"]
)
def test_a_cell_without_a_number_is_missing(cell: str) -> None:
    assert parse(cell, "CN") is NumberProblem.MISSING


@pytest.mark.parametrize(
    "cell",
    [
        "abc",
        "12345",
        "+999123456789",
        "1300000000",  # ten digits
        "130000000011",  # twelve
        "12000000001",  # no such range
        "13000000001/13000000002",
        "13000000001 13000000002",
        "13000000001;13000000002",
        "1-800-FLOWERS",
        "13000000001x12",
        "1.3E+10",
        "13000000001.0",
        "130+00000001",
        "++8613000000001",
        "1300000000²",  # a superscript is no digit
        "010-6552 9988",  # a fixed line in Beijing
        "+44 20 7183 8750",  # a fixed line in London
        "+1 800 555 0123",  # toll-free
    ],
)
def test_what_is_no_single_number_that_a_text_reaches_is_invalid(cell: str) -> None:
    assert parse(cell, "CN") is NumberProblem.INVALID


@given(st.from_regex(r"1[0-9]{10}", fullmatch=True))
def test_the_short_way_for_chinese_mobiles_agrees_with_the_numbering_plan(digits: str) -> None:
    known = phonenumbers.parse(digits, "CN")
    mobile = phonenumbers.number_type(known) == phonenumbers.PhoneNumberType.MOBILE
    assert parse(digits, "CN") == (Number(f"+86{digits}") if mobile else NumberProblem.INVALID)


def test_a_number_does_not_show_itself() -> None:
    assert "1300" not in repr(parse("13000000001", "CN"))
