"""The words that files share with the rulebooks: closed lists, so that a slip is found when the file is read."""

from functools import cache

from yesfirst.rulebooks import load_all
from yesfirst.rules.rulebook import Rulebook

RECORDED = frozenset(
    "subject_number sender_legal_name channel purpose granted_at method wording_shown wording_version proof_ref"
    " relationship_event relationship_at dnc_checked_at preference_checked_at ongoing dlt_consent_id".split()
)
"""Fields of a consent record that the product keeps by itself, or that are known of each person."""

SHOWN = frozenset(
    "signature signature_or_affirmative_act clear_affirmative_consent authorised_number"
    " automated_system_disclosure not_condition_of_purchase_disclosure mailing_address_shown contact_shown"
    " withdrawal_statement_shown opt_out_offered_at_collection number_collected_directly role_relevance"
    " lia_ref".split()
)
"""Fields of a consent record that are true of everybody who was shown one notice on one form."""


@cache
def topics() -> frozenset[str]:
    """What rulebooks may prohibit, apart from what is seen in the text itself."""
    seen = {"variables_in_marketing_template", "private_qq_wechat"}
    return (
        frozenset(item for book in _books() for rule in book.prohibited_content for item in rule.items) - seen
    )


@cache
def registrations() -> frozenset[str]:
    return frozenset(rule.id for book in _books() for rule in book.registration)


@cache
def templates() -> frozenset[str]:
    """The registrations that a template has, rather than a sender, a brand or a campaign."""
    return frozenset(
        rule.id for book in _books() for rule in book.registration if rule.applies_to == "template"
    )


@cache
def practices() -> frozenset[str]:
    """Ways of asking that void a consent somewhere."""
    return frozenset(
        name
        for book in _books()
        if book.consent and book.consent.forbidden
        for name in book.consent.forbidden.practices
    )


@cache
def events() -> frozenset[str]:
    """What a relationship with a person may rest on."""
    return frozenset(
        event
        for book in _books()
        if book.consent
        for kind in book.consent.accepted or ()
        for event in kind.events
    )


@cache
def relationship_kinds() -> frozenset[str]:
    """The kinds of consent that rest on a relationship: their `given` is its instant, not that of an agreement."""
    return frozenset(
        kind.kind
        for book in _books()
        if book.consent
        for kind in book.consent.accepted or ()
        if kind.events or "relationship_event" in kind.needs
    )


@cache
def highest_age() -> int:
    """From this age in years on no rulebook asks for a guardian."""
    return max(
        (book.consent.minors.age_below for book in _books() if book.consent and book.consent.minors),
        default=0,
    )


@cache
def mechanisms() -> frozenset[str]:
    """What may allow personal data to leave a jurisdiction."""
    return frozenset(name for book in _books() if book.cross_border for name in book.cross_border.mechanisms)


@cache
def places() -> frozenset[str]:
    """Every place that a rulebook is for."""
    return frozenset(place for book in _books() for place in (book.id, *book.scope.regions))


def books_of(place: str) -> tuple[Rulebook, ...]:
    """The rulebooks of a place such as `CN`, `FR` or `US-FL`, parents first; none if there is none."""
    found: dict[str, Rulebook] = {}
    for book in _books():
        if place == book.id or place in book.scope.regions:
            for parent in book.scope.parents:
                found |= {each.id: each for each in books_of(parent)}
            found[book.id] = book
    return tuple(sorted(found.values(), key=lambda book: len(book.scope.parents)))


def _books() -> tuple[Rulebook, ...]:
    return tuple(load_all().values())
