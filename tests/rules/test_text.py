"""Templates: what is a placeholder, what a missing value does, and what a value can't do."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yesfirst.rules.attributes import Value
from yesfirst.rules.text import (
    LONGEST_VALUE,
    InvalidTemplate,
    LeaveOut,
    Missing,
    Placeholder,
    Rendered,
    Template,
    parse,
    render,
)


@pytest.mark.parametrize(
    ("template", "pieces"),
    [
        ("", ()),
        ("plain", ("plain",)),
        ("{name}", (Placeholder("name", None),)),
        ("Hi {name|friend}!", ("Hi ", Placeholder("name", "friend"), "!")),
        ("{ name | dear friend }", (Placeholder("name", "dear friend"),)),
        ("{a}{b|c|d}", (Placeholder("a", None), Placeholder("b", "c|d"))),
        ("{{name}} }}{{", ("{name} }{",)),
        ("{{{name}}}", ("{", Placeholder("name", None), "}")),
        ("两行\n{name|您}", ("两行\n", Placeholder("name", "您"))),
    ],
)
def test_a_template_is_text_and_placeholders(template: str, pieces: tuple[str | Placeholder, ...]) -> None:
    assert parse(template) == Template(pieces)


@pytest.mark.parametrize(
    ("template", "at", "words"),
    [
        ("Hi {name", 4, "without"),
        ("Hi name}", 8, "without"),
        ("{}", 1, "needs the name"),
        ("a{ |x}", 2, "needs the name"),
        ("{name|}", 1, "blank"),
        ("{name| \u200b}", 1, "blank"),
        ("{a{b}}", 1, "another"),
        ("{name|" + "x" * (LONGEST_VALUE + 1) + "}", 1, "longer"),
    ],
)
def test_a_broken_template_says_where(template: str, at: int, words: str) -> None:
    with pytest.raises(InvalidTemplate, match=words) as caught:
        parse(template)
    assert caught.value.at == at


@pytest.mark.parametrize("value", [None, "", "  ", "\n\t", "\u200b\u200d", "\u3000", ["vip"], True])
def test_a_value_that_says_nothing_is_missing(value: Value) -> None:
    assert render(parse("Hi {x|you}"), {"x": value}, Missing.FALLBACK) == Rendered("Hi you")
    assert render(parse("Hi {x|you}"), {}, Missing.LEAVE_OUT) == Rendered("Hi you")
    assert render(parse("Hi {x}"), {"x": value}, Missing.LEAVE_OUT) == LeaveOut("x")


def test_a_promise_of_fallbacks_that_is_not_kept_is_an_error() -> None:
    with pytest.raises(ValueError, match="no fallback"):
        render(parse("Hi {name}"), {}, Missing.FALLBACK)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("王芳", "王芳"),
        ("  Zoë \n Müller ", "Zoë Müller"),
        ("{city}", "{city}"),
        ("{{", "{{"),
        ("a\x00b\x1bc\u202ed\ufeff", "abcd"),
        ("\ud800x", "x"),
        ("👩\u200d🌾", "👩\u200d🌾"),
        (120, "120"),
        (120.0, "120"),
        (0.5, "0.5"),
        (0, "0"),
        ("x" * 60, "x" * LONGEST_VALUE),
    ],
)
def test_a_value_is_one_clean_line(value: Value, words: str) -> None:
    assert render(parse("<{x|none}>"), {"x": value}, Missing.FALLBACK) == Rendered(f"<{words}>")


@given(st.text())
def test_no_value_breaks_the_line_or_leaves_a_hole(value: str) -> None:
    rendered = render(parse("<{x|none}>"), {"x": value}, Missing.FALLBACK)
    assert isinstance(rendered, Rendered)
    inside = rendered.text[1:-1]
    assert inside.strip()
    assert len(inside) <= LONGEST_VALUE
    assert len(rendered.text.splitlines()) == 1


@given(st.text())
def test_escaped_text_comes_back_as_it_was(words: str) -> None:
    template = words.replace("{", "{{").replace("}", "}}")
    assert render(parse(template), {}, Missing.FALLBACK) == Rendered(words)
