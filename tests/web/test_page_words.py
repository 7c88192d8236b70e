"""The pages' own words, the notice's paragraphs, and which language somebody reads."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from yesfirst.intake.resultwords import ResultLanguage
from yesfirst.usecases.shown_form import best_language
from yesfirst.web.pages.language import accepted, own_language
from yesfirst.web.pages.wording import Paragraph, paragraphs
from yesfirst.web.pages.words import WORDS, day, moment, span

CHINESE, ENGLISH = ResultLanguage.CHINESE, ResultLanguage.ENGLISH
_GAP = re.compile(r"\{(\w+)\}")


def test_both_languages_say_the_same_things_with_the_same_gaps() -> None:
    chinese, english = WORDS[CHINESE], WORDS[ENGLISH]
    assert list(chinese) == list(english)
    for name, words in english.items():
        assert set(_GAP.findall(words)) == set(_GAP.findall(chinese[name])), name


@pytest.mark.parametrize(
    ("wording", "shown"),
    [
        ("One line.", [Paragraph("One line.")]),
        ("□ 我同意。", [Paragraph("我同意。")]),
        ("[ ] I agree that\nthis is so.", [Paragraph("I agree that\nthis is so.")]),
        ("First.\n\nSecond [ ].", [Paragraph("First."), Paragraph("Second [ ].")]),
        (
            "So:\n- one\n  goes on\n- two\nAnd more.",
            [Paragraph("So:"), Paragraph("", ("one\ngoes on", "two")), Paragraph("And more.")],
        ),
        ("- one\n\n- two", [Paragraph("", ("one",)), Paragraph("", ("two",))]),
    ],
)
def test_a_wording_keeps_its_words_and_gets_paragraphs(wording: str, shown: list[Paragraph]) -> None:
    assert paragraphs(wording) == shown


@pytest.mark.parametrize(
    ("header", "tags"),
    [
        ("", ()),
        ("en", ("en",)),
        ("zh-CN,zh;q=0.9,en;q=0.8", ("zh-CN", "zh", "en")),
        ("en;q=0.5, ko", ("ko", "en")),
        ("en;q=0, ko;q=nonsense, *;q=0.1", ()),
        ("en;q=nan", ()),
        ("x" * 5000, ()),
    ],
)
def test_what_a_browser_accepts_is_read_by_its_weights(header: str, tags: tuple[str, ...]) -> None:
    assert accepted(header) == tags


@pytest.mark.parametrize(
    ("wanted", "there", "best"),
    [
        (["en"], ["zh", "en"], "en"),
        (["en-GB"], ["zh", "en"], "en"),
        (["zh"], ["en", "zh-Hant"], "zh-Hant"),
        (["zh-Hant"], ["zh", "zh-Hant"], "zh-Hant"),
        (["ko", "en"], ["zh", "en"], "en"),
        (["ko"], ["zh", "en"], "zh"),
        ([], ["zh", "en"], "zh"),
    ],
)
def test_a_form_is_shown_in_the_language_that_is_wanted_most(
    wanted: list[str], there: list[str], best: str
) -> None:
    assert best_language(wanted, there) == best


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        ((), ENGLISH),
        (("ko",), ENGLISH),
        (("ko", "zh-TW"), CHINESE),
        (("EN-us", "zh"), ENGLISH),
        ((None, "zh"), CHINESE),
    ],
)
def test_other_languages_get_english_words(wanted: tuple[str | None, ...], words: ResultLanguage) -> None:
    assert own_language(*wanted) is words


def test_times_are_written_as_people_read_them() -> None:
    at = datetime(2026, 2, 3, 4, 5, tzinfo=UTC)
    assert (day(at, CHINESE), day(at, ENGLISH)) == ("2026年2月3日", "3 February 2026")
    assert moment(at, ENGLISH) == "3 February 2026 04:05 (UTC+00:00)"
    waits = [span(timedelta(seconds=one), WORDS[ENGLISH]) for one in (1, 60, 61, 5401, 86_400)]
    assert waits == ["a minute", "a minute", "2 minutes", "2 hours", "24 hours"]
