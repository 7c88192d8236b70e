"""There are words for everything that an explanation can name, in both languages."""

from collections.abc import Mapping
from enum import StrEnum

import pytest

from yesfirst.rulebooks import load_all
from yesfirst.rules import reason_words
from yesfirst.rules.looked import Input, Matter
from yesfirst.rules.position import Stand
from yesfirst.rules.reason import Reason
from yesfirst.rules.reason_words import PLACES, Caveat, Language
from yesfirst.rules.rule import Confidence, Tier


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize(
    ("words", "named"),
    [
        (reason_words.REASONS, Reason),
        (reason_words.MATTERS, Matter),
        (reason_words.INPUTS, Input),
        (reason_words.STANDS, Stand),
        (reason_words.CONFIDENCE, Confidence),
        (reason_words.TIERS, Tier),
        (reason_words.CAVEATS, Caveat),
    ],
)
def test_everything_has_words_of_its_own(
    words: Mapping[Language, Mapping[StrEnum, str]], named: type[StrEnum], language: Language
) -> None:
    said = words[language]
    assert said.keys() == set(named)
    assert len(set(said.values())) == len(named)
    assert all(said.values())


@pytest.mark.parametrize("language", Language)
def test_every_country_with_a_rulebook_has_a_name(language: Language) -> None:
    countries = {
        id for id, book in load_all().items() if not book.scope.parents or "EU" in book.scope.parents
    }
    assert countries - PLACES[language].keys() == set()
