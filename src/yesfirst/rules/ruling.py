"""What the rulebooks say about a position, once and for all people in it; instants are compared later.

Strictest wins: every rulebook that applies must accept the consent, each end that one of them sets counts, and
so does each cap and registry. `decision.decide` and the store's SQL apply a ruling to a person's dates.

Known gaps: whether goods are similar is what the campaign declares; of a sender only that it is the named one.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from msgspec import Struct

from yesfirst.rules.finding import Finding
from yesfirst.rules.jurisdiction import Jurisdiction, resolve
from yesfirst.rules.period import Period
from yesfirst.rules.position import Basis, Position, Recipient, Stand
from yesfirst.rules.quiet_hours import window_class
from yesfirst.rules.reason import Reason
from yesfirst.rules.rulebook import Rulebook
from yesfirst.rules.sections import AcceptedConsent

OWN = "XX-OWN"
"""The id of a rulebook that a brand writes for itself; it applies wherever any does."""
NIGHT_CONSENT = "night_consent"
GUARDIAN = "guardian_proof"
_EXPRESS = frozenset({"express", "express_written", "express_separate"})
_REGISTRY_CHECK = "dnc_checked_at"  # told by the registry's own table, not by the record of a consent
_WITHOUT_CONSENT = {
    Stand.NONE: Reason.CONSENT_MISSING,
    Stand.PENDING: Reason.CONSENT_PENDING,
    Stand.WITHDRAWN: Reason.CONSENT_WITHDRAWN,
}


class End(Struct, frozen=True):
    """From a period after the consent was given, by the calendar of `zone`, a reason speaks against texting.

    With `whole_day` the day on which the period ends still counts.
    """

    reason: Reason
    after: Period
    zone: str
    rule: str
    whole_day: bool = False


class Scrub(Struct, frozen=True):
    """A registry to be asked; an answer holds for `max_age`."""

    registry: str
    max_age: Period
    rule: str


class Cap(Struct, frozen=True):
    """At most `max` texts in any period of this length."""

    max: int
    per: Period
    rule: str | None


class Ruling(Struct, frozen=True, kw_only=True):
    """`rulebooks` is empty and `window_class` None where nobody can tell what applies.

    `findings` hold at every moment. `of_age` is the age in years below which texting needs a guardian's consent
    that is not on record. `similar_only` names the rules under which only similar goods may be advertised.
    """

    rulebooks: tuple[str, ...]
    window_class: str | None
    findings: tuple[Finding, ...]
    ends: tuple[End, ...] = ()
    of_age: int | None = None
    of_age_rule: str | None = None
    registries: tuple[Scrub, ...] = ()
    caps: tuple[Cap, ...] = ()
    similar_only: tuple[str, ...] = ()


def rule(position: Position, rulebooks: Mapping[str, Rulebook], *, charity: bool = False) -> Ruling:
    """What the loaded rulebooks, by id, say about everyone in this position.

    `charity`: the sender is one, which some rules are for.
    """
    where = position.where
    place = resolve(where.origin, where.residence, where.billing, rulebooks, where.zones)
    if not isinstance(place, Jurisdiction):
        unresolved = Finding(Reason.JURISDICTION_UNRESOLVED)
        return Ruling(rulebooks=(), window_class=None, findings=(unresolved, *_without_consent(position)))
    if OWN in rulebooks:
        place = Jurisdiction((*place.rulebooks, OWN), place.zones)
    books = [rulebooks[id] for id in place.rulebooks]
    basis = position.basis
    if basis is None:
        return Ruling(
            rulebooks=place.rulebooks,
            window_class=window_class(place.rulebooks, place.zones),
            findings=tuple(_without_consent(position)),
        )
    standings = [_standing_under(book, basis, position.recipient, charity, place.zones) for book in books]
    age = max(_ages(books, basis), default=None)
    return Ruling(
        rulebooks=place.rulebooks,
        window_class=window_class(place.rulebooks, place.zones, _waivers(books, basis)),
        findings=tuple(finding for one in standings for finding in one.findings),
        ends=tuple(
            [end for one in standings for end in one.ends] + list(_reconfirmations(books, place.zones))
        ),
        of_age=age and age[0],
        of_age_rule=age and age[1],
        registries=tuple(_registries(books, basis)),
        caps=tuple(_caps(books, basis)),
        similar_only=tuple(id for one in standings for id in one.similar_only),
    )


def accepted_consents(rulebook: Rulebook, kind: str) -> list[AcceptedConsent]:
    """The rules under which a consent of this kind counts.

    Where any express consent counts, one in writing or one that was asked for separately counts too.
    """
    return [
        rule
        for rule in (rulebook.consent and rulebook.consent.accepted) or ()
        if rule.kind == kind or (rule.kind == "express" and kind in _EXPRESS)
    ]


def counting(
    book: Rulebook, basis: Basis, recipient: Recipient, charity: bool = False
) -> AcceptedConsent | None:
    """The rule by which a consent counts: of several the one that asks least of it; None where none fits."""
    fitting = [one for one in accepted_consents(book, basis.kind) if _fits(one, basis, recipient, charity)]
    return min(fitting, key=lambda one: len(missing(one, basis)), default=None)


def missing(rule: AcceptedConsent, basis: Basis) -> list[str]:
    """What the rule needs on record and the consent's record does not hold."""
    return [name for name in rule.needs if name not in basis.record.fields and name != _REGISTRY_CHECK]


def _without_consent(position: Position) -> Iterator[Finding]:
    if position.stand in _WITHOUT_CONSENT:
        yield Finding(_WITHOUT_CONSENT[position.stand])


@dataclass(frozen=True, slots=True)
class _Standing:
    """What one rulebook makes of a consent."""

    findings: tuple[Finding, ...] = ()
    ends: tuple[End, ...] = ()
    similar_only: tuple[str, ...] = ()


def _standing_under(
    book: Rulebook, basis: Basis, recipient: Recipient, charity: bool, zones: Sequence[str]
) -> _Standing:
    consent = book.consent
    if consent is None:
        return _Standing()
    findings = []
    forbidden = consent.forbidden.practices if consent.forbidden else ()
    if any(practice in forbidden for practice in basis.record.practices):
        findings.append(Finding(Reason.CONSENT_INVALID_COLLECTION, f"{book.id}.consent.forbidden"))
    if consent.accepted is None:
        return _Standing(tuple(findings))
    rule = counting(book, basis, recipient, charity)
    if rule is None:
        findings.append(Finding(Reason.CONSENT_KIND_INSUFFICIENT, f"{book.id}.consent.accepted"))
        return _Standing(tuple(findings))
    place = f"{book.id}.consent.accepted.{rule.id or rule.kind}"
    if missing(rule, basis):
        findings.append(Finding(Reason.CONSENT_RECORD_INCOMPLETE, place))
    similar = rule.scope is not None and rule.scope.goods == "similar"
    return _Standing(tuple(findings), tuple(_ends(rule, place, zones)), (place,) if similar else ())


def _fits(rule: AcceptedConsent, basis: Basis, recipient: Recipient, charity: bool) -> bool:
    if rule.events and basis.record.event not in rule.events:
        return False
    if rule.sender_type == "charity" and not charity:
        return False
    return rule.recipient is None or rule.recipient == recipient


def _ends(rule: AcceptedConsent, place: str, zones: Sequence[str]) -> Iterator[End]:
    """Ends by the calendars of all zones that the person may be in; the earliest counts."""
    if rule.expires is not None:
        for zone in zones:
            whole_day = rule.expires.calc == "day"
            yield End(Reason.CONSENT_EXPIRED, rule.expires.after, zone, place, whole_day)


def _reconfirmations(books: Sequence[Rulebook], zones: Sequence[str]) -> Iterator[End]:
    for book in books:
        if book.consent is not None and book.consent.reconfirm is not None:
            for zone in zones:
                every = book.consent.reconfirm.every
                yield End(Reason.RECONFIRM_OVERDUE, every, zone, f"{book.id}.consent.reconfirm")


def _ages(books: Sequence[Rulebook], basis: Basis) -> Iterator[tuple[int, str]]:
    if GUARDIAN in basis.record.fields:
        return
    for book in books:
        if book.consent is not None and book.consent.minors is not None:
            yield book.consent.minors.age_below, f"{book.id}.consent.minors"


def _registries(books: Sequence[Rulebook], basis: Basis) -> Iterator[Scrub]:
    for book in books:
        for one in book.registries:
            if one.applies and not one.advisory and one.scrub_max_age and basis.kind not in one.exempt_if:
                yield Scrub(one.id, one.scrub_max_age, f"{book.id}.registries.{one.id}")


def _caps(books: Sequence[Rulebook], basis: Basis) -> Iterator[Cap]:
    for book in books:
        for one in book.frequency:
            if basis.kind not in one.waived_by:
                yield Cap(one.max, one.per, f"{book.id}.frequency.{one.per}")
    # "Up to 4 a month" binds whoever said it.
    for words in basis.record.promised:
        most, _, per = words.partition("/")
        yield Cap(int(most), per, None)


def _waivers(books: Sequence[Rulebook], basis: Basis) -> list[str]:
    has = {basis.kind, NIGHT_CONSENT if basis.night else None}
    waivable = {waiver for book in books if book.quiet_hours for waiver in book.quiet_hours.waived_by}
    return sorted(waiver for waiver in waivable if waiver in has)
