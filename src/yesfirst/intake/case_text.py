"""The text of a case as facts: its wording, and what is declared and on record behind it."""

from collections.abc import Mapping

from yesfirst.intake.case_given import Given, Said, all_known, words
from yesfirst.intake.vocabulary import registrations, topics
from yesfirst.rules.content import Offer
from yesfirst.rules.rulebook import Rulebook
from yesfirst.rules.wording import WayOut, Wording, ways_out

_SIMILAR = frozenset({"similar", "same", "any"})
_SEEN_IN_THE_TEXT = frozenset({"variables_in_marketing_template", "private_qq_wechat"})
_BORDERS = frozenset({"cross_border", "export", "export_mechanism"})
_TARGETING = "personalised"
_LABEL = "(광고)"
"""The only label that a rulebook asks for."""


def wording_of(said: Said) -> Wording:
    """What the text says, as it is stated; a way out that is written out is read."""
    way_out = said.opt_out_instruction
    ways = ways_out(way_out) if isinstance(way_out, str) else frozenset(WayOut)
    variables = () if isinstance(said.variables, bool) else words(said.variables)
    label = said.label if isinstance(said.label, str) else _LABEL if said.label else None
    return Wording(
        sender_name=bool(said.sender_name),
        contact=bool(said.contact),
        opt_out_instruction=bool(way_out) and bool(ways),
        label=label,
        label_place=said.label_position,
        signed=bool(said.sender_name) and bool(said.signature),
        ways_out=ways,
        way_out_place=said.opt_out_position,
        variables=variables or (("name",) if said.variables is True else ()),
        private_contact=said.private_contact,
    )


def offer_of(given: Given, books: Mapping[str, Rulebook]) -> Offer:
    """What is declared and on record; InvalidCase for a name that no rulebook knows."""
    said, gates = given.message, frozenset(words(given.missing_gates))
    ids = frozenset(one.id for book in books.values() for one in book.registration)
    all_ids = registrations()
    unregistered = all_known("missing_registrations", words(given.missing_registrations), all_ids)
    borders = {id: book.cross_border for id, book in books.items() if book.cross_border is not None}
    border_gates = _BORDERS | {one.id for one in borders.values()}
    all_known("missing_gates", sorted(gates), all_ids | border_gates | {_TARGETING})
    held = frozenset((id, mechanism) for id, one in borders.items() for mechanism in one.mechanisms)
    if given.transfers is not None:
        held = frozenset((each.origin, each.mechanism) for each in given.transfers)
    goods = said.goods or (given.consent.goods if given.consent else None) or "similar"
    return Offer(
        registered=ids - frozenset(unregistered) - gates,
        sender_kind=said.sender_kind,
        topics=_topics(said, books),
        goods="similar" if goods in _SIMILAR else "other",
        targeted=said.targeted or _TARGETING in gates,
        non_personalised_option=said.non_personalised_option,
        transfers=frozenset() if gates & border_gates else held,
        processed_in=given.processed_in,
    )


def _topics(said: Said, books: Mapping[str, Rulebook]) -> frozenset[str]:
    """What the text is about; `prohibited: true` means anything that the law of the case prohibits."""
    about = topics().union(_SEEN_IN_THE_TEXT).intersection(words(said.topic))
    if isinstance(said.prohibited, bool):
        items = {item for book in books.values() for rule in book.prohibited_content for item in rule.items}
        return about.union(sorted(items)[:1] if said.prohibited else ())
    return about.union(all_known("message.prohibited", words(said.prohibited), topics() | _SEEN_IN_THE_TEXT))
