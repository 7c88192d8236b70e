"""Holds what a text says, and what stands behind it, against rulebooks: the findings that don't need a person.

Each rulebook is asked by itself, and what any of them finds, counts. A finding names the rule by its id, so that
its source and confidence can be shown.

Known gaps: what only a first message must contain is not asked for; a text is not searched for topics, they are
what the campaign declares; that a contact works as long as the law asks is not tried.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from yesfirst.rules.finding import Finding
from yesfirst.rules.reason import Reason
from yesfirst.rules.rule import Rule
from yesfirst.rules.rulebook import Rulebook, rules_of
from yesfirst.rules.sections import Registration, Requirement
from yesfirst.rules.wording import Place, Wording, ways_out


class SenderKind(StrEnum):
    """What a person sees a text come from."""

    NUMBER = "number"
    SHORT_CODE = "short_code"
    ALPHA = "alpha"
    SERVICE = "service"


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What a campaign declares and a brand has on record, as of one day.

    `registered`: ids of the registrations that hold. `transfers`: (origin, mechanism) of each recorded export to
    `processed_in`, the country where the carrier sees the numbers; None if they stay where the people are.
    `targeted`: chosen by attributes, which PIPL 24(2) allows with an option that isn't, or an easy refusal.
    """

    registered: frozenset[str] = frozenset()
    sender_kind: SenderKind = SenderKind.NUMBER
    topics: frozenset[str] = frozenset()
    goods: Literal["similar", "other"] = "similar"
    targeted: bool = False
    non_personalised_option: bool = False
    transfers: frozenset[tuple[str, str]] = frozenset()
    processed_in: str | None = None


_UNREGISTERED = {
    "template": Reason.TEMPLATE_NOT_REGISTERED,
    "campaign": Reason.CAMPAIGN_GATE_FAILED,
    "consent": Reason.CAMPAIGN_GATE_FAILED,
}
"""By what must be registered; all else is a matter of who sends."""

_MISSING = {
    "label": Reason.CONTENT_MISSING_LABEL,
    "sender_name": Reason.CONTENT_MISSING_SENDER,
    "contact": Reason.CONTENT_MISSING_CONTACT,
    "opt_out_instruction": Reason.CONTENT_MISSING_OPT_OUT,
}


def findings(wording: Wording, offer: Offer, books: Sequence[Rulebook]) -> tuple[Finding, ...]:
    """Everything that the rulebooks find against a text and its offer, rulebook by rulebook."""
    return tuple(
        Finding(reason, rule_id(book, rule))
        for book in books
        for reason, rule in (
            *_prohibited(wording, offer, book),
            *_unregistered(offer, book),
            *_missing(wording, book),
            *_gates(wording, offer, book),
        )
    )


def out_of_scope(offer: Offer, similar_only: Sequence[str]) -> tuple[Finding, ...]:
    """What speaks against other goods than people bought, under rules by which a consent covers similar ones."""
    if offer.goods == "similar":
        return ()
    return tuple(Finding(Reason.CONSENT_SCOPE_MISMATCH, rule) for rule in similar_only)


def identity_findings(wording: Wording, offer: Offer, books: Sequence[Rulebook]) -> tuple[Finding, ...]:
    """What binds every text, also one that is no marketing: a registered sender who says who they are.

    Some rulebooks ask more of every text: CASL 6(6) takes away the need of consent, and nothing else.
    """
    identity = (Reason.SENDER_NOT_REGISTERED, Reason.CONTENT_MISSING_SENDER)
    return tuple(
        Finding(reason, rule_id(book, rule))
        for book in books
        for reason, rule in (*_unregistered(offer, book), *_missing(wording, book))
        if reason in identity or (isinstance(rule, Requirement) and rule.every_text)
    )


def request_findings(wording: Wording, books: Sequence[Rulebook]) -> tuple[Finding, ...]:
    """What a request to renew must say wherever it may count as marketing: who asks, how to reach them, the way out.

    It advertises nothing, so it has no label for advertising.
    """
    return tuple(
        Finding(reason, rule_id(book, rule))
        for book in books
        for reason, rule in _missing(wording, book)
        if reason is not Reason.CONTENT_MISSING_LABEL
    )


def rule_id(book: Rulebook, rule: Rule) -> str:
    """The id by which a rule of this rulebook is named, such as `CN.content.sender_name`."""
    return next(f"{book.id}.{place}" for place, each in rules_of(book) if each is rule)


def _prohibited(wording: Wording, offer: Offer, book: Rulebook) -> Iterator[tuple[Reason, Rule]]:
    items = wording.items | offer.topics
    for rule in book.prohibited_content:
        if items.intersection(rule.items):
            yield Reason.PROHIBITED_CONTENT, rule


def _unregistered(offer: Offer, book: Rulebook) -> Iterator[tuple[Reason, Rule]]:
    for rule in book.registration:
        if rule.required and rule.id not in offer.registered and _concerns(rule, offer):
            yield _UNREGISTERED.get(rule.applies_to, Reason.SENDER_NOT_REGISTERED), rule


def _concerns(rule: Registration, offer: Offer) -> bool:
    return rule.applies_to != "sender_alpha" or offer.sender_kind is SenderKind.ALPHA


def _missing(wording: Wording, book: Rulebook) -> Iterator[tuple[Reason, Rule]]:
    for rule in book.content.require if book.content else ():
        if rule.what in _MISSING and not _has(wording, rule):
            yield _MISSING[rule.what], rule


def _has(wording: Wording, rule: Requirement) -> bool:
    match rule.what:
        case "label":
            return wording.label == rule.form and wording.label_place is Place.START
        case "sender_name":
            # 信管局〔2023〕794号, as carriers apply it: the registered signature, in 【】, opens the text.
            return wording.signed if (rule.form or "").startswith("【") else wording.sender_name
        case "contact":
            return wording.contact
        case _:
            return wording.opt_out_instruction and _accepted_way_out(wording, rule)


def _accepted_way_out(wording: Wording, rule: Requirement) -> bool:
    """Where a rulebook shows forms, one of the ways that they show, at the place it names."""
    shown = ways_out(" ".join([rule.form or "", *rule.examples]))
    placed = rule.position != "end" or wording.way_out_place is Place.END
    return placed and (not shown or not shown.isdisjoint(wording.ways_out))


def _gates(wording: Wording, offer: Offer, book: Rulebook) -> Iterator[tuple[Reason, Rule]]:
    border = book.cross_border
    if border is not None and border.applies and _leaves(offer, book):
        recorded = {mechanism for origin, mechanism in offer.transfers if origin == book.id}
        if recorded.isdisjoint(border.mechanisms):
            yield Reason.CAMPAIGN_GATE_FAILED, border
    easy = offer.non_personalised_option or wording.opt_out_instruction
    if offer.targeted and not easy:
        for rule in book.consent.other if book.consent else ():
            # PIPL 24(2): automated targeting comes with a non-personalised option or an easy refusal.
            if rule.id == "personalised":
                yield Reason.CAMPAIGN_GATE_FAILED, rule


def _leaves(offer: Offer, book: Rulebook) -> bool:
    """Whether the carrier sees the numbers of this jurisdiction's people elsewhere."""
    home = {book.id, *book.scope.regions, *book.scope.parents}
    return offer.processed_in is not None and offer.processed_in not in home
