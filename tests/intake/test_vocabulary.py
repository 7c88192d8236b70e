"""Files and rulebooks use one set of words."""

import pytest

from yesfirst.intake import vocabulary
from yesfirst.intake.vocabulary import RECORDED, SHOWN, books_of
from yesfirst.rulebooks import load_all


def test_every_field_that_a_rulebook_needs_is_recorded_or_stated_on_the_notice() -> None:
    needed = {
        field
        for book in load_all().values()
        for rule in (book.consent.accepted if book.consent else None) or ()
        for field in rule.needs
    }
    assert needed <= RECORDED | SHOWN
    assert not RECORDED & SHOWN


def test_topics_are_what_only_the_campaign_knows() -> None:
    assert "lottery" in vocabulary.topics()
    assert "variables_in_marketing_template" not in vocabulary.topics()


@pytest.mark.parametrize(("place", "books"), [("CN", ["CN"]), ("US", ["US"]), ("XX", []), ("", [])])
def test_a_place_has_its_rulebooks(place: str, books: list[str]) -> None:
    assert [book.id for book in books_of(place)] == books


def test_every_overlay_comes_with_its_parents_before_it() -> None:
    for place in vocabulary.places():
        ids = [book.id for book in books_of(place)]
        for book in books_of(place):
            assert set(book.scope.parents) <= set(ids[: ids.index(book.id)])
