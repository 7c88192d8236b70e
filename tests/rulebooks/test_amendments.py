"""A rulebook on a day, and a rulebook as a tenant relaxed it."""

from datetime import date, datetime

import pytest
from msgspec.structs import replace

from yesfirst import rulebooks
from yesfirst.rules.rule import Effective
from yesfirst.rules.rulebook import InvalidRulebook, Rulebook, rule, rules_of


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def ids(book: Rulebook) -> set[str]:
    return {id for id, _ in rules_of(book)}


@pytest.mark.parametrize(
    ("now", "binds"),
    [
        ("2026-06-30T23:59:59+10:00", False),
        ("2026-07-01T00:00:00+10:00", True),  # the day begins in Sydney, the first zone
        ("2026-06-30T14:00:00+00:00", True),
    ],
)
def test_a_rule_holds_from_its_first_day_by_the_clock_of_the_jurisdiction(now: str, binds: bool) -> None:
    book = rulebooks.load("AU").in_force(at(now))
    assert ("registration.au_sms_sender_id_register" in ids(book)) is binds


def test_a_rule_no_longer_holds_on_the_day_it_is_effective_to() -> None:
    book = rulebooks.load("CN")
    assert book.quiet_hours is not None
    until = Effective(until=date(2026, 12, 1))
    ending = replace(book, quiet_hours=replace(book.quiet_hours, effective=until))
    assert ending.in_force(at("2026-11-30T23:59+08:00")).quiet_hours is not None
    assert ending.in_force(at("2026-12-01T00:00+08:00")).quiet_hours is None


def test_the_hash_of_a_rulebook_changes_only_with_the_rules_in_force() -> None:
    shipped = rulebooks.load("AU")
    june, may = (shipped.in_force(at(f"2026-0{month}-15T12:00+10:00")) for month in (6, 5))
    assert june.hash == may.hash != shipped.hash
    assert shipped.in_force(at("2026-08-01T00:00+10:00")) is shipped
    korea = rulebooks.load("KR")
    assert korea.in_force(at("2020-01-01T00:00Z")) is korea


@pytest.mark.parametrize(
    ("name", "id"),
    [
        ("US", "quiet_hours"),  # law, and contested
        ("CN", "quiet_hours"),  # the carrier's
        ("CN", "frequency.P1D"),  # the product's
        ("CN", "prohibited_content.0"),
        ("US-TX", "registration.us_tx_302_registration"),
    ],
)
def test_a_tenant_may_relax_what_is_contested_or_no_law(name: str, id: str) -> None:
    shipped = rulebooks.load(name)
    relaxed = shipped.without([id])
    assert ids(relaxed) == ids(shipped) - {id}
    assert relaxed.hash != shipped.hash
    assert relaxed.without([]) is relaxed


@pytest.mark.parametrize(
    ("name", "id", "message"),
    [
        ("KR", "quiet_hours", "KR: quiet_hours is law and can't be relaxed"),
        ("KR", "consent.forbidden", "KR: consent.forbidden is guidance and can't be relaxed"),
        ("CN", "consent.accepted.requested", "is law and can't be relaxed"),
        ("CN", "quiet_hour", "there is no rule 'quiet_hour'; did you mean quiet_hours?"),
        ("US-MA", "zzz", "there is no rule 'zzz'; did you mean one of quiet_hours?"),
        ("CN", "US.quiet_hours", "there is no rule 'US.quiet_hours'"),
    ],
)
def test_nobody_may_relax_law_or_a_rule_that_is_not_there(name: str, id: str, message: str) -> None:
    with pytest.raises(InvalidRulebook, match=message):
        rulebooks.load(name).without([id])


def test_the_hash_of_a_relaxed_rulebook_does_not_depend_on_the_order_of_the_rules() -> None:
    china = rulebooks.load("CN")
    one, other = "quiet_hours", "frequency.P1D"
    assert china.without([one, other]) == china.without([other, one, one])
    assert china.without([one]).hash != china.without([other]).hash


def test_a_rulebook_whose_last_accepted_consent_is_gone_accepts_none() -> None:
    oregon, maryland = rulebooks.load("US-OR"), rulebooks.load("US-MD")
    assert oregon.consent is None
    assert maryland.consent is not None
    assert maryland.consent.accepted is not None
    over = Effective(until=date(2026, 1, 1))
    accepted = tuple(replace(one, effective=over) for one in maryland.consent.accepted)
    ended = replace(maryland, consent=replace(maryland.consent, accepted=accepted))
    now = ended.in_force(at("2026-11-24T12:00Z"))
    assert now.consent is not None
    assert now.consent.accepted == ()


def test_every_id_leads_to_its_rule() -> None:
    for book in rulebooks.load_all().values():
        rules = list(rules_of(book))
        assert len(dict(rules)) == len(rules)
        assert all(rule(book, id) is one for id, one in rules)
