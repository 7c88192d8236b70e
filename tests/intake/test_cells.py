import pytest

from yesfirst.intake.cells import CellValue, InvalidCell, read_language, read_text, read_value
from yesfirst.intake.dates import DateOrder
from yesfirst.rules.attributes import AttributeType


@pytest.mark.parametrize(
    ("kind", "cell", "value"),
    [
        (AttributeType.TEXT, " 上海 ", "上海"),
        (AttributeType.TEXT, "Jose\u0301", "Jos\u00e9"),
        (AttributeType.TEXT, "line one\r\nline two", "line one line two"),
        (AttributeType.TEXT, "👨‍👩‍👧", "👨‍👩‍👧"),
        (AttributeType.NUMBER, "120", 120),
        (AttributeType.NUMBER, "１２０", 120),
        (AttributeType.NUMBER, "-3.50", -3.5),
        (AttributeType.NUMBER, "120.0", 120),
        (AttributeType.DATE, "2026/8/1", "2026-08-01"),
        (AttributeType.DATE, "2026年8月1日 10:00", "2026-08-01"),
        (AttributeType.SET, "vip;新客", ["vip", "新客"]),
        (AttributeType.SET, "新客；vip，vip、a|b, ;N/A", ["a", "b", "vip", "新客"]),
        (AttributeType.FLAG, "是", True),
        (AttributeType.FLAG, "TRUE", True),
        (AttributeType.FLAG, "0", False),
        (AttributeType.FLAG, "아니오", False),
    ],
)
def test_a_cell_is_read_as_its_attribute_is_declared(
    kind: AttributeType, cell: str, value: CellValue
) -> None:
    found = read_value(cell, kind)
    assert (found, type(found)) == (value, type(value))


@pytest.mark.parametrize("kind", list(AttributeType))
@pytest.mark.parametrize("cell", ["", "  ", "-", "N/A", "null", "无", "없음"])
def test_a_blank_or_a_placeholder_says_nothing(kind: AttributeType, cell: str) -> None:
    assert read_value(cell, kind) is None


@pytest.mark.parametrize(
    ("kind", "cell"),
    [
        (AttributeType.TEXT, "x" * 501),
        (AttributeType.TEXT, "bell\x07"),
        (AttributeType.NUMBER, "1,200"),
        (AttributeType.NUMBER, "about 5"),
        (AttributeType.NUMBER, "1e9"),
        (AttributeType.NUMBER, "nan"),
        (AttributeType.NUMBER, "1" * 16),
        (AttributeType.DATE, "03/04/2026"),
        (AttributeType.DATE, "昨天"),
        (AttributeType.FLAG, "maybe"),
        (AttributeType.FLAG, "2"),
    ],
)
def test_a_cell_of_another_kind_is_refused_and_not_repeated(kind: AttributeType, cell: str) -> None:
    with pytest.raises(InvalidCell) as caught:
        read_value(cell, kind)
    assert cell not in str(caught.value)


def test_a_declared_date_order_settles_an_attribute_too() -> None:
    assert read_value("03/04/2026", AttributeType.DATE, DateOrder.DAY_MONTH) == "2026-04-03"


def test_the_longest_text_passes() -> None:
    assert read_text("王" * 500) == "王" * 500


@pytest.mark.parametrize(
    ("cell", "tag"),
    [
        ("", None),
        ("zh", "zh"),
        ("ZH_cn", "zh-CN"),
        ("zh-hant-tw", "zh-Hant-TW"),
        ("中文", "zh"),
        ("繁體中文", "zh-Hant"),
        ("English", "en"),
        ("한국어", "ko"),
    ],
)
def test_a_language_becomes_its_tag(cell: str, tag: str | None) -> None:
    assert read_language(cell) == tag


@pytest.mark.parametrize("cell", ["方言", "e", "en-", "english please"])
def test_what_is_no_language_is_refused(cell: str) -> None:
    with pytest.raises(InvalidCell):
        read_language(cell)
