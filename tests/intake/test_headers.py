from collections.abc import Mapping, Sequence

import pytest

from yesfirst.intake.cells import DeclaredAttribute
from yesfirst.intake.headers import Column, Columns, UnclearColumns, find_number, match_columns
from yesfirst.intake.headerwords import ROLE_WORDS
from yesfirst.rules.attributes import AttributeType

NAME = DeclaredAttribute("name", AttributeType.TEXT, private=True)
CITY = DeclaredAttribute("city", AttributeType.TEXT, ("门店城市",))
TAGS = DeclaredAttribute("tags", AttributeType.SET)


def match(
    header: Sequence[str],
    chosen: Mapping[str, str] | None = None,
    *,
    attributes: Sequence[DeclaredAttribute] = (NAME, CITY, TAGS),
    sample: Sequence[Sequence[str]] = (),
    expires_by_column: bool = True,
) -> Columns:
    return match_columns(
        header, attributes, chosen=chosen or {}, sample=sample, expires_by_column=expires_by_column
    )


def problems_of(header: Sequence[str], chosen: Mapping[str, str] | None = None) -> tuple[str, ...]:
    with pytest.raises(UnclearColumns) as caught:
        match(header, chosen)
    return caught.value.problems


@pytest.mark.parametrize(
    "header",
    [
        ("客户编号", "姓名", "手机号", "城市", "标签", "同意日期", "同意有效期至", "语言"),
        (
            "Customer No.",
            "Full Name",
            "Phone Number",
            "CITY",
            "Tags",
            "Consent date",
            "Consent_Expires_At",
            "Lang",
        ),
        ("customer_id", "name", "msisdn", "city", "tags", "opted-in at", "expiry date", "locale"),
        ("회원번호", "이름", "휴대폰 번호", "도시", "태그", "수신동의일", "만료일", "언어"),
        (
            "ＩＤ",
            "姓名（必填）",
            "手机号码*",
            " 门店城市 ",
            "客户标签",
            "授权时间",
            "到期日期[必填]",
            "language",
        ),
    ],
)
def test_headers_are_recognised_in_english_chinese_and_korean(header: Sequence[str]) -> None:
    columns = match(header)
    fixed = (columns.external_id, columns.number, columns.given, columns.expires, columns.language)
    assert [column and column.index for column in fixed] == [0, 2, 5, 6, 7]
    assert [(a.name, column.index) for a, column in columns.attributes] == [
        ("name", 1),
        ("city", 3),
        ("tags", 4),
    ]
    assert not columns.dropped
    assert len(columns.guessed) == 8


def test_columns_that_the_brand_does_not_declare_are_dropped_and_listed() -> None:
    columns = match(("手机号", "同意日期", "到期日", "备注", "积分", ""))
    assert [str(column) for column in columns.dropped] == [
        '"备注" (column 4)',
        '"积分" (column 5)',
        "column 6",
    ]


def test_a_header_is_not_recognised_by_a_part_of_it() -> None:
    columns = match(("手机号", "手机号归属地", "电话状态", "同意日期", "到期日", "city code"))
    assert [column.index for column in columns.dropped] == [1, 2, 5]


def test_two_columns_for_one_thing_must_be_mapped() -> None:
    header = ("手机号", "联系电话", "同意日期", "到期日")
    assert problems_of(header) == (
        'number could be "手机号" (column 1) and "联系电话" (column 2): '
        "choose with --map number=HEADER (or #3 for the third column)",
    )
    columns = match(header, {"number": "联系电话"})
    assert columns.number.index == 1
    assert [column.index for column in columns.dropped] == [0]
    assert "number" not in dict(columns.guessed)


def test_two_columns_of_one_name_are_mapped_by_their_place() -> None:
    header = ("电话", "电话", "同意日期", "到期日")
    assert "number could be" in problems_of(header, {"number": "电话"})[0]
    assert match(header, {"number": "#2"}).number.index == 1


def test_one_column_for_two_attributes_must_be_mapped() -> None:
    shop = DeclaredAttribute("shop", AttributeType.TEXT, ("门店城市",))
    header = ("手机号", "同意日期", "到期日", "门店城市")
    with pytest.raises(UnclearColumns, match="could be city and shop"):
        match(header, attributes=(CITY, shop))
    assert match(header, {"shop": "门店城市"}, attributes=(CITY, shop)).attributes[0][0] is shop


def test_a_name_that_the_brand_declares_goes_before_the_usual_meaning() -> None:
    shop = DeclaredAttribute("shop", AttributeType.TEXT, ("编号",))
    columns = match(("手机号", "同意日期", "到期日", "编号"), attributes=(shop,))
    assert columns.external_id is None
    assert columns.attributes[0][1].index == 3


def test_everything_that_is_missing_is_said_at_once() -> None:
    missing = problems_of(("姓名", "城市"))
    assert [problem.split(":")[0] for problem in missing] == [
        "no column holds the phone number",
        "no column says when consent was given",
        "no column says when consent expires",
    ]


def test_no_expiry_column_is_looked_for_where_expiry_is_declared() -> None:
    columns = match(("手机号", "同意日期", "到期日"), expires_by_column=False)
    assert columns.expires is None
    assert [column.header for column in columns.dropped] == ["到期日"]


@pytest.mark.parametrize(
    ("chosen", "problem"),
    [
        ({"number": "手机"}, 'number: no column "手机"; did you mean "手机号"?'),
        ({"numbr": "手机号"}, 'mapped to "numbr", which this import does not use; did you mean "number"?'),
        ({"name": "手机号", "number": "手机号"}, 'number: "手机号" (column 1) is mapped twice'),
        ({"number": "#9"}, 'number: no column "#9"; there are "手机号" (column 1)'),
    ],
)
def test_a_mapping_that_does_not_fit_is_explained(chosen: Mapping[str, str], problem: str) -> None:
    assert problem in problems_of(("手机号", "同意日期", "到期日"), chosen)[0]


@pytest.mark.parametrize(
    "cell", ["13800138000", "+1 (305) 555-0100", "（+86）13800138000", "2026年6月16日", "2026-06-16 08:30"]
)
def test_a_file_without_a_header_row_is_refused_without_repeating_its_first_row(cell: str) -> None:
    message = problems_of(("王芳", cell, "x"), {"number": "手机号"})
    assert message == ("the first row holds data: put a row with the names of the columns above it",)


@pytest.mark.parametrize(
    ("header", "kind"),
    [
        ("身份证号", "identity number"),
        ("证件号码", "identity number"),
        ("ID Card", "identity number"),
        ("nationalId", "identity number"),
        ("SSN", "identity number"),
        ("passport_no", "identity number"),
        ("주민등록번호", "identity number"),
        ("健康状况", "health"),
        ("过敏史", "health"),
        ("Blood type", "health"),
        ("hasAllergies", "health"),
        ("月收入", "income"),
        ("annual_income", "income"),
        ("연봉", "income"),
    ],
)
def test_a_sensitive_column_is_refused_unless_the_brand_declares_it(header: str, kind: str) -> None:
    columns = ("手机号", "同意日期", "到期日", header)
    assert f'"{header}" (column 4) looks like {kind}' in problems_of(columns)[0]
    declared = DeclaredAttribute("special", AttributeType.TEXT, (header,))
    assert match(columns, attributes=(declared,)).attributes[0][1].index == 3


@pytest.mark.parametrize(
    "header", ["会员身份", "session", "household", "sewage works", "id", "性别", "healthy"]
)
def test_an_ordinary_column_is_not_taken_for_a_sensitive_one(header: str) -> None:
    assert match(("手机号", "同意日期", "到期日", header)).number.index == 0


def test_mapping_a_sensitive_column_to_something_harmless_does_not_let_it_in() -> None:
    assert (
        "identity number"
        in problems_of(("手机号", "同意日期", "到期日", "身份证号"), {"city": "身份证号"})[0]
    )


# Made up: nobody alive was born on these days, and the US and Korean numbers are reserved or impossible.
@pytest.mark.parametrize(
    ("cells", "refused"),
    [
        (["110101190001010014"], True),
        (["'１１０１０１１９０００１０１００１４", "", "remark"], True),
        (["110101190001010014", "remark", "another"], False),
        (["110101190001010016"], False),  # wrong check character
        (["110101190002300013"], False),  # 30 February
        (["000-12-3456", "900-12-3456"], False),
        (["C7000001", "C7000002"], False),
        (["219-09-9999"], True),
        (["900101-1000000", "900102-2000000"], True),
    ],
)
def test_identity_numbers_are_told_by_the_cells_too(cells: list[str], refused: bool) -> None:
    header = ("手机号", "同意日期", "到期日", "编号")
    sample = [["", "", "", cell] for cell in cells]
    if refused:
        with pytest.raises(UnclearColumns, match="looks like identity number"):
            match(header, sample=sample)
    else:
        assert match(header, sample=sample).external_id is not None


def test_every_column_word_means_one_thing() -> None:
    words = [word for text in ROLE_WORDS.values() for word in text.split()]
    assert len(words) == len(set(words))


@pytest.mark.parametrize(
    ("header", "chosen", "index"),
    [
        (("姓名", "手机号"), None, 1),
        (("name", "phone", "mobile"), "mobile", 2),
        (("name", "which", ""), "#3", 2),
    ],
)
def test_the_column_of_numbers_is_found_where_nothing_else_is_asked_for(
    header: tuple[str, ...], chosen: str | None, index: int
) -> None:
    assert find_number(header, chosen) == Column(index, header[index])


@pytest.mark.parametrize(
    ("header", "chosen", "message"),
    [
        (("name", "which"), None, "no column holds the phone number: name the column with --number-column"),
        (("phone", "mobile"), None, '"phone" (column 1) and "mobile" (column 2): name the column with'),
        (("phone", "which"), "whcih", 'number: no column "whcih"; did you mean "which"?'),
        (("13800138000",), None, "the first row holds data"),
    ],
)
def test_a_column_of_numbers_that_cannot_be_told_is_asked_for(
    header: tuple[str, ...], chosen: str | None, message: str
) -> None:
    with pytest.raises(UnclearColumns) as caught:
        find_number(header, chosen)
    [problem] = caught.value.problems
    assert message in problem


@pytest.mark.parametrize(
    "header",
    [
        (
            "phone",
            "consent date",
            "Residence",
            "Billing country",
            "Time zone",
            "Recipient",
            "DOB",
            "Guardian consent",
        ),
        ("手机号", "同意日期", "居住地", "账单国家", "时区", "接收人类型", "出生日期", "监护人同意"),
        ("휴대폰", "동의일", "거주지", "청구국가", "시간대", "수신자 유형", "생년월일", "보호자 동의"),
    ],
)
def test_what_the_law_asks_about_is_recognised_in_english_chinese_and_korean(header: Sequence[str]) -> None:
    columns = match(header, expires_by_column=False)
    assert [(role.value, column.index) for role, column in columns.facts] == [
        ("residence", 2),
        ("billing", 3),
        ("time_zone", 4),
        ("recipient", 5),
        ("born", 6),
        ("guardian", 7),
    ]
    assert not columns.dropped


def test_a_date_of_birth_that_the_brand_declares_is_its_attribute() -> None:
    birthday = DeclaredAttribute("birthday", AttributeType.DATE)
    columns = match(("手机号", "同意日期", "出生日期"), attributes=[birthday], expires_by_column=False)
    assert (columns.attributes[0][1].index, columns.facts) == (2, ())


RELATED = ("phone", "consent date", "relationship", "relationship date")


def test_a_relationship_is_asked_about_only_where_it_stands_for_an_agreement() -> None:
    plain = match(RELATED, expires_by_column=False)
    assert (plain.given.index, plain.facts, len(plain.dropped)) == (1, (), 2)
    related = match_columns(RELATED, (), chosen={}, sample=(), expires_by_column=False, relationship=True)
    assert (related.given.index, [role.value for role, _ in related.facts]) == (3, ["relationship"])
    assert [column.index for column in related.dropped] == [1]


def test_the_date_of_a_relationship_needs_no_other() -> None:
    header = ("phone", "거래일")
    columns = match_columns(header, (), chosen={}, sample=(), expires_by_column=False, relationship=True)
    assert columns.given.index == 1
    with pytest.raises(UnclearColumns):
        match(header, expires_by_column=False)
