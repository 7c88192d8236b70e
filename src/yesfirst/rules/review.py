"""Reviews: a human held one rule against a source, and answers for it.

A review changes what a rule rests on, never what it asks for, so it changes no decision and not the rulebook's
hash. It counts for the rule as it stood: when the rule says something else, the review is outdated and the rule
rests on what it rested on before.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from yesfirst.rules.rule import Confidence, Reviewed, content_hash, what_it_says, with_rules
from yesfirst.rules.rulebook import Rulebook, Source, Status, rule, rules_of, unreviewed_law


class Review(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A review as its file holds it; hashes are hexadecimal SHA-256.

    `rule` names rulebook and rule, such as `CN.quiet_hours`. `says` is what the rule said then, for people to
    read; `rule_hash` is what is compared.
    """

    rule: str
    by: str
    on: date
    source: str
    confidence: Literal["P", "S"]
    provision: str | None = None
    note: str | None = None
    version: date
    rulebook_hash: str
    rule_hash: str
    says: object = None


@dataclass(frozen=True, slots=True)
class Read:
    """What a reviewer states: who they are, what they read, and how well it bears the rule."""

    by: str
    on: date
    source: str
    confidence: Literal["P", "S"]
    provision: str | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class ReviewedRulebook:
    """A rulebook with its reviews; `outdated` are those of rules that say something else now, or have gone."""

    rulebook: Rulebook
    outdated: tuple[Review, ...]


def review(rulebook: Rulebook, id: str, read: Read) -> Review:
    """The review of a rule as it stands; InvalidRulebook for an id that no rule has."""
    one = rule(rulebook, id)
    return Review(
        rule=f"{rulebook.id}.{id}",
        by=read.by,
        on=read.on,
        source=read.source,
        confidence=read.confidence,
        provision=read.provision,
        note=read.note,
        version=rulebook.version,
        rulebook_hash=rulebook.hash.hex(),
        rule_hash=content_hash(one).hex(),
        says=what_it_says(one),
    )


def apply_reviews(rulebook: Rulebook, reviews: Iterable[Review]) -> ReviewedRulebook:
    """The rulebook with those of the reviews that are of it and fit; of two of one rule the later one counts.

    A draft of which all law was reviewed, and rests on more than memory, becomes `reviewed`.
    """
    rules = dict(rules_of(rulebook))
    ours = sorted((one for one in reviews if owner_of(one) == rulebook.id), key=lambda one: one.on)
    fitting: dict[str, Review] = {}
    outdated = []
    for one in ours:
        id = one.rule.removeprefix(f"{rulebook.id}.")
        if id in rules and content_hash(rules[id]).hex() == one.rule_hash:
            fitting[id] = one
        else:
            outdated.append(one)
    for id, one in fitting.items():
        rulebook = _apply(rulebook, id, one)
    if fitting and rulebook.status is Status.DRAFT and not unreviewed_law(rulebook):
        rulebook = replace(rulebook, status=Status.REVIEWED)
    return ReviewedRulebook(rulebook, tuple(outdated))


def owner_of(one: Review) -> str:
    """The id of the rulebook that a review is of."""
    return one.rule.partition(".")[0]


def reviewers(rulebook: Rulebook) -> Sequence[str]:
    """The humans who answer for the rulebook or a rule of it."""
    names = {one.reviewed.by for _, one in rules_of(rulebook) if one.reviewed}
    return sorted(names | ({rulebook.reviewed_by} if rulebook.reviewed_by else set()))


def _apply(rulebook: Rulebook, id: str, one: Review) -> Rulebook:
    before = rule(rulebook, id)
    name = f"review.{id}"
    kind: Literal["primary", "secondary"] = "primary" if one.confidence == "P" else "secondary"
    source = Source(title=one.source, kind=kind, provision=one.provision)
    after = replace(
        before,
        conf=Confidence(one.confidence),
        cite=(name, *before.cite),
        provision=one.provision or before.provision,
        note=one.note or before.note,
        reviewed=Reviewed(by=one.by, on=one.on, source=one.source),
    )
    return replace(with_rules(rulebook, {id: after}), sources={**rulebook.sources, name: source})
