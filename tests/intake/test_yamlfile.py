"""YAML becomes plain values with their places; what YAML guesses or hides is refused."""

import pytest

from yesfirst.intake.yamlfile import InvalidFile, Place, Plain, decode, load, near

TEXT = """\
# a comment
a: 1
list:
  - x
  - {b: true, c: null}
"quoted key": >
  folded
  text
"""


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ((), (2, 1)),
        (("a",), (2, 4)),
        (("list", 0), (4, 5)),
        (("list", 1, "b"), (5, 9)),
        (("quoted key",), (6, 15)),
        (("list", 1, "absent", 3), (5, 5)),
        (("absent",), (2, 1)),
    ],
)
def test_every_value_has_its_place_or_that_of_what_holds_it(
    path: tuple[str | int, ...], place: Place
) -> None:
    assert load(TEXT, "f.yaml").place(path) == place


def test_a_key_has_a_place_of_its_own() -> None:
    assert load(TEXT, "f.yaml").place(("list", 1, "c"), key=True) == (5, 15)


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("20:00", "20:00"),
        ("NO", "NO"),
        ("yes", "yes"),
        ("2026-08-01", "2026-08-01"),
        ("-90d", "-90d"),
        ("007", "007"),
        ("0x10", "0x10"),
        ("1_000", "1_000"),
        (".5", ".5"),
        ("1e3", "1e3"),
        (".nan", ".nan"),
        ("<<", "<<"),
        ("12", 12),
        ("-3", -3),
        ("0.25", 0.25),
        ("true", True),
        ("null", None),
        ("~", None),
        ("", None),
        ('"12"', "12"),
        ("[1, a]", [1, "a"]),
    ],
)
def test_plain_scalars_mean_what_they_look_like(written: str, value: Plain) -> None:
    assert load(f"x: {written}\n", "f.yaml").value == {"x": value}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: 1\nb: 2\na: 3\n", 'f.yaml:3:1: key "a" occurs twice - first in line 1'),
        ("a: &x [1]\nb: *x\n", "f.yaml:1:4: is used again by an alias (*name) - write it out"),
        ("a: &x [*x]\n", "f.yaml:1:4: is used again by an alias"),
        ("1: a\n", "f.yaml:1:1: a key must be a text - put it in quotes"),
        ("[a]: b\n", "f.yaml:1:1: a key must be a text"),
        ("a: !!python/object:os.system x\n", "f.yaml:1:4: a number this long, or a YAML tag"),
        ("a: " + "9" * 30, "f.yaml:1:4: a number this long"),
        ("a: b: c\n", "f.yaml:1:5: is no YAML: mapping values are not allowed here"),
        ("a: 1\n---\nb: 2\n", "f.yaml:2:1: is no YAML"),
        ("a: [1\n", "f.yaml:2:1: is no YAML"),
        ("# nothing\n", "f.yaml:1:1: is empty"),
        ("a: \x07\n", "f.yaml:1:1: holds a character that YAML forbids"),
        ("[" * 5000, "f.yaml:1:1: is nested too deeply"),
    ],
)
def test_a_refused_file_says_where_and_why(text: str, message: str) -> None:
    with pytest.raises(InvalidFile) as caught:
        load(text, "f.yaml")
    assert str(caught.value).startswith(message)


def test_problems_stand_in_the_order_of_the_file() -> None:
    with pytest.raises(InvalidFile) as caught:
        load("a: 1\n2: b\na: 1\n3: c\n", "f.yaml")
    assert [problem.line for problem in caught.value.problems] == [2, 3, 4]


def test_a_file_is_utf_8_with_or_without_a_mark() -> None:
    assert decode(b"\xef\xbb\xbfa: \xe8\x8c\xb6", "f.yaml") == "a: 茶"
    with pytest.raises(InvalidFile, match=r"f\.yaml:2:1: is not UTF-8 - save the file as UTF-8"):
        decode("a: 1\nb: 茶\n".encode("gb18030"), "f.yaml")


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("ctiy", 'did you mean "city"?'),
        ("zzz", "known: city, points"),
        ("", "known: city, points"),
    ],
)
def test_a_hint_names_the_nearest_word_or_all(name: str, hint: str) -> None:
    assert near(name, ["points", "city"]) == hint
    assert near("zzz", [f"word{n}" for n in range(20)]) is None
