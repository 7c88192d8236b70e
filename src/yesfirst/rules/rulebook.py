"""The rules of one jurisdiction as values: the shape of a rulebook file, and what it must satisfy.

Every rule carries its sources, how well they were read (`conf`) and what kind of rule it is (`tier`). A rulebook
with parents is an overlay: it applies together with them, and a section that it doesn't have imposes nothing.
Invariants: unknown keys are refused with their place; each citation names a listed source; a rule without
citation is the product's own or admits to rest on memory; a rule has an id that no other has; a released rulebook
names a human who answers for it, and each law in it was reviewed and rests on more than memory.

Known gap: the days on which a whole rulebook is `effective` are told, not applied. Outside them there is another
version of it, and no rulebook at all would allow everything.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from difflib import get_close_matches
from enum import StrEnum
from hashlib import sha256
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Meta

from yesfirst.rules.rule import (
    Confidence,
    Effective,
    Part,
    Rule,
    Statement,
    Tier,
    rules_in,
    without_rules,
)
from yesfirst.rules.sections import (
    Consent,
    Content,
    CrossBorder,
    FrequencyCap,
    OptOut,
    ProhibitedContent,
    QuietHours,
    Registration,
    Registry,
    Retention,
)


class Status(StrEnum):
    DRAFT = "draft"
    REVIEWED = "reviewed"
    RELEASED = "released"


class InvalidRulebook(ValueError):
    """A rulebook that breaks its form; the message names the rulebook, the place and the fault."""


class Scope(Part, frozen=True, kw_only=True):
    """Whose rules these are: of the place that the rulebook is named after, or of the `regions` it lists.

    `area_codes` (North America) are those whose numbers an overlay covers, read with the confidence
    `area_codes_conf`. Without `zones`, the number tells the zones it may be in.
    """

    parents: tuple[str, ...] = ()
    country_codes: tuple[Annotated[str, Meta(pattern=r"^[1-9][0-9]{0,2}$")], ...]
    regions: tuple[Annotated[str, Meta(pattern=r"^[A-Z]{2}$")], ...] = ()
    area_codes: tuple[Annotated[int, Meta(ge=200, le=999)], ...] = ()
    area_codes_conf: Confidence | None = None
    zones: tuple[str, ...]
    recipient_types: tuple[Literal["individual", "corporate"], ...] = ()
    note: str | None = None

    def __post_init__(self) -> None:
        if bool(self.area_codes) != (self.area_codes_conf is not None):
            raise ValueError("area_codes and area_codes_conf belong together")
        for zone in self.zones:
            try:
                ZoneInfo(zone)
            except (KeyError, ValueError) as error:
                raise ValueError(f"there is no time zone {zone!r}") from error


class Source(Part, frozen=True, kw_only=True):
    title: str
    kind: Literal["primary", "mirror", "secondary", "vendor"]
    url: str | None = None
    provision: str | None = None
    note: str | None = None


class Rulebook(Part, frozen=True, kw_only=True):
    """The rules of one jurisdiction; `hash` is the SHA-256 of the file's bytes, and of what was taken out since.

    `dropped` are the ids of what was taken out, sorted, and `file` is then the hash of the whole file.
    """

    hash: bytes
    file: bytes | None = None
    dropped: tuple[str, ...] = ()
    id: Annotated[str, Meta(pattern=r"^[A-Z]{2}(?:-[A-Z0-9]{1,3})?$")]
    title: str | None = None
    version: date
    status: Status
    reviewed_by: str | None = None
    effective: Effective | None = None
    scope: Scope
    sources: dict[str, Source]
    consent: Consent | None = None
    quiet_hours: QuietHours | None = None
    frequency: tuple[FrequencyCap, ...] = ()
    content: Content | None = None
    opt_out: OptOut | None = None
    registries: tuple[Registry, ...] = ()
    registration: tuple[Registration, ...] = ()
    prohibited_content: tuple[ProhibitedContent, ...] = ()
    retention: tuple[Retention, ...] = ()
    cross_border: CrossBorder | None = None
    data_protection: tuple[Statement, ...] = ()
    penalties: tuple[Statement, ...] = ()
    other: tuple[Statement, ...] = ()
    open_points: tuple[str, ...] = ()

    def in_force(self, now: datetime) -> "Rulebook":
        """The rulebook without the rules that don't hold on this day, by the clock of its first zone."""
        zone = ZoneInfo(self.scope.zones[0]) if self.scope.zones else UTC
        day = now.astimezone(zone).date()
        over = [id for id, one in rules_in(self) if one.effective and not one.effective.covers(day)]
        return self.cut(over)

    def without(self, ids: Collection[str]) -> "Rulebook":
        """The rulebook as relaxed by a tenant.

        InvalidRulebook for an id that no rule has, and for a rule that nobody may relax: law or guidance that
        is not contested.
        """
        for id in ids:
            one = rule(self, id)
            if one.tier in (Tier.LAW, Tier.GUIDANCE) and not one.contested:
                raise InvalidRulebook(f"{self.id}: {id} is {one.tier} and can't be relaxed")
        return self.cut(ids)

    def cut(self, ids: Collection[str]) -> "Rulebook":
        """Without these rules, whoever may drop them, under a hash that tells file and dropped rules."""
        if not ids:
            return self
        file = self.file or self.hash
        dropped = tuple(sorted({*self.dropped, *ids}))
        digest = sha256("\n".join([file.hex(), *dropped]).encode()).digest()
        return msgspec.structs.replace(without_rules(self, ids), hash=digest, file=file, dropped=dropped)


def parse(plain: Mapping[str, Any], digest: bytes) -> Rulebook:
    """A rulebook from the plain data of its file; InvalidRulebook names the place of the first fault.

    Whether it may be released is asked by `check_release`, once its reviews are known.
    """
    name = plain.get("id", "a rulebook")
    for computed in ("hash", "file", "dropped"):
        if computed in plain:
            raise InvalidRulebook(f"{name}: `{computed}` is computed, not written")
    try:
        rulebook = msgspec.convert({**plain, "hash": digest}, Rulebook, builtin_types=(bytes, date))
    except msgspec.ValidationError as error:
        raise InvalidRulebook(f"{name}: {error}") from error
    _check_complete(rulebook)
    _check_ids(rulebook)
    _check_citations(rulebook)
    return rulebook


def rules_of(rulebook: Rulebook) -> Iterator[tuple[str, Rule]]:
    """Every rule with its id, such as `consent.accepted.express`: unique within the rulebook."""
    return rules_in(rulebook)


def rule(rulebook: Rulebook, id: str) -> Rule:
    """The rule of this id; InvalidRulebook names those that look like it."""
    rules = dict(rules_of(rulebook))
    if id not in rules:
        near = " or ".join(get_close_matches(id, rules)) or f"one of {', '.join(rules)}"
        raise InvalidRulebook(f"{rulebook.id}: there is no rule {id!r}; did you mean {near}?")
    return rules[id]


def memory_rules(rulebook: Rulebook) -> int:
    """How many rules rest on memory alone."""
    return sum(one.conf is Confidence.MEMORY for _, one in rules_of(rulebook))


def _check_complete(rulebook: Rulebook) -> None:
    """A rulebook that stands alone says something about everything that decides on a text."""
    if rulebook.scope.parents:
        return
    consent, content, opt_out = rulebook.consent, rulebook.content, rulebook.opt_out
    said: Sequence[tuple[str, object]] = [
        ("consent.accepted", consent and consent.accepted),
        ("consent.burden_of_proof", consent and consent.burden_of_proof),
        ("content", content),
        ("opt_out.legal_max", opt_out and opt_out.legal_max),
        ("opt_out.keywords", opt_out and opt_out.keywords),
        ("opt_out.confirmation", opt_out and opt_out.confirmation),
        ("opt_out.keep_suppressed", opt_out and opt_out.keep_suppressed),
        ("scope.recipient_types", rulebook.scope.recipient_types),
    ]
    for place, value in said:
        if not value:
            raise InvalidRulebook(f"{rulebook.id}: a rulebook without parents must say `{place}`")


def _check_ids(rulebook: Rulebook) -> None:
    ids = [id for id, _ in rules_of(rulebook)]
    for id in ids:
        if ids.count(id) > 1:
            raise InvalidRulebook(f"{rulebook.id}: two rules are called {id}; give one an `id` of its own")


def _check_citations(rulebook: Rulebook) -> None:
    for id, one in rules_of(rulebook):
        unknown = [source for source in one.cite if source not in rulebook.sources]
        if unknown:
            raise InvalidRulebook(f"{rulebook.id}: {id} cites {unknown[0]!r}, which is not among the sources")


def unreviewed_law(rulebook: Rulebook) -> list[str]:
    """The ids of rules that are law and rest on memory, or that no human has reviewed."""
    law = [(id, one) for id, one in rules_of(rulebook) if one.tier is Tier.LAW]
    return [id for id, one in law if one.conf is Confidence.MEMORY or one.reviewed is None]


def check_release(rulebook: Rulebook) -> None:
    """InvalidRulebook for a released rulebook that is not fit for it."""
    if rulebook.status is not Status.RELEASED:
        return
    if not rulebook.reviewed_by:
        raise InvalidRulebook(f"{rulebook.id}: a released rulebook names the human who reviewed it")
    for id, one in rules_of(rulebook):
        if one.tier is Tier.LAW and one.conf is Confidence.MEMORY:
            raise InvalidRulebook(f"{rulebook.id}: {id} is law from memory; verify it before the release")
    for id in unreviewed_law(rulebook):
        raise InvalidRulebook(f"{rulebook.id}: {id} is law that no human has reviewed; see to it first")
