"""Explains whether a person may be texted at an instant, past or future, and why: reads, and changes nothing.

For the past it takes the consent events, refusals and texts up to then, and the rulebooks that were known then;
for the future everything known now. What is not kept as it was is named in the answer.
"""

from dataclasses import dataclass, field
from datetime import datetime

from msgspec import Struct

from yesfirst.errors import Refused
from yesfirst.intake.brand import Brand
from yesfirst.intake.campaign import Campaign
from yesfirst.ledger.text import hash_text, time_text
from yesfirst.rules import telling
from yesfirst.rules.decision import Defer
from yesfirst.rules.explanation import Explanation
from yesfirst.rules.explanation import explain as explained
from yesfirst.rules.looked import Looked, Matter, Value
from yesfirst.rules.reason import Reason, Verdict
from yesfirst.rules.reason_words import CONFIDENCE, Caveat, Language
from yesfirst.rules.rule import Tier
from yesfirst.rules.rulebook import Rulebook
from yesfirst.rules.telling import Shown, Told
from yesfirst.store import brands, clock, rulebooks, subjects
from yesfirst.store.engine import Connection
from yesfirst.store.rulebooks import Heading
from yesfirst.usecases.brand_law import BrandLaw
from yesfirst.usecases.facts import Past, facts_of, head_of
from yesfirst.usecases.ground import Ground
from yesfirst.usecases.law import Law
from yesfirst.usecases.rulebooks import read_kept
from yesfirst.usecases.texts import Texts

_VERSION = 12
"""Characters of a notice's hash that tell it from others."""
_OF_THE_PAST = (Caveat.PERSON, Caveat.REGISTRIES, Caveat.BRAND)


@dataclass(frozen=True, slots=True)
class Question:
    """Who, for what, when (None: now), and about which campaign's text, if about any."""

    brand: Brand
    purpose: str
    e164: str = field(repr=False)
    language: Language
    at: datetime | None = None
    campaign: Campaign | None = None


class LookedAt(Struct, frozen=True, kw_only=True):
    """One rule looked at; instants of its input are written as in leaves, `line` says it all in words."""

    matter: Matter
    rule: str | None
    input: dict[str, str | int | bool]
    reasons: tuple[Reason, ...]
    sources: tuple[str, ...]
    provision: str | None
    confidence: str | None
    tier: Tier | None
    line: str


class Changed(Struct, frozen=True, kw_only=True):
    """From `at` on the answer is `verdict`; these reasons begin or end then."""

    at: datetime
    verdict: Verdict
    begins: tuple[Reason, ...]
    ends: tuple[Reason, ...]


class Answered(Struct, frozen=True, kw_only=True):
    """`not_before` is when a text that is put off may be sent; `as_of_now` what was not taken as it was then."""

    at: datetime
    verdict: Verdict
    reasons: tuple[Reason, ...]
    not_before: datetime | None
    rulebooks: tuple[str, ...]
    zones: tuple[str, ...]
    paragraph: str
    rules: tuple[LookedAt, ...]
    changes: tuple[Changed, ...]
    as_of_now: tuple[Caveat, ...]
    caveats: tuple[str, ...]
    advice: str


async def explain(ground: Ground, question: Question) -> Answered:
    """Raises Refused (PURPOSE_INVALID) for a purpose that brand or campaign don't have."""
    _check(question)
    brand = question.brand
    async with ground.engine.connect() as connection:
        now = await clock.now(connection)
        at = question.at or now
        law, caveats = await _law_at(ground, connection, brand, at, now)
        known = await subjects.find(connection, brand.id, ground.keyring.lookup_of(brand.id, question.e164))
        head = await head_of(ground, connection, known)
        past = Past(min(at, now))
        found = await facts_of(ground, connection, brand, question.e164, head, question.purpose, past)
        notice = await brands.notice(connection, found.notice) if found.notice else None
    facts = found.facts
    if question.campaign is not None:
        texts = Texts.of_campaign(question.campaign, BrandLaw(brand, law), at)
        facts = texts.added_to(facts, question.campaign.language_for(found.language))
    explanation = explained(facts, law.books, at)
    shown = Shown(notice.language, hash_text(notice.hash)[:_VERSION]) if notice else None
    told = telling.tell(
        explanation,
        purpose=question.purpose,
        zone=brand.time_zone,
        language=question.language,
        shown=shown,
        caveats=caveats,
    )
    return _answered(explanation, told, caveats, question.language)


def _check(question: Question) -> None:
    campaign = question.campaign
    covered = [campaign.purpose] if campaign else list(question.brand.purposes)
    if question.purpose not in covered or (campaign and campaign.brand != question.brand.id):
        owner = "campaign" if campaign else "brand"
        raise Refused(
            "PURPOSE_INVALID",
            f"The {owner} is not for this purpose of this brand.",
            f"It is for {', '.join(covered)}.",
        )


async def _law_at(
    ground: Ground, connection: Connection, brand: Brand, at: datetime, now: datetime
) -> tuple[Law, tuple[Caveat, ...]]:
    """The brand's law as of an instant, and what of it is not as it was then."""
    if at >= now:
        return ground.law.of(brand).in_force(at), ()
    chosen = _known_at(await rulebooks.headings(connection), at)
    replaced = [id for id, one in chosen.items() if _replaces(ground.law, id, one)]
    kept = await rulebooks.kept(connection, [chosen[id].hash for id in replaced])
    books: dict[str, Rulebook] = {id: read_kept(kept[chosen[id].hash]) for id in replaced}
    law = Law({**ground.law.books, **books}) if books else ground.law
    unknown = any(id not in chosen or chosen[id].known_since > at for id in ground.law.books)
    caveats = (*_OF_THE_PAST, Caveat.RULEBOOKS) if unknown else _OF_THE_PAST
    return law.of(brand).in_force(at), caveats


def _known_at(headings: list[Heading], at: datetime) -> dict[str, Heading]:
    """Of each rulebook the newest that was known then, else the oldest; they come the oldest first."""
    chosen: dict[str, Heading] = {}
    for one in headings:
        if one.known_since <= at or one.id not in chosen:
            chosen[one.id] = one
    return chosen


def _replaces(law: Law, id: str, one: Heading) -> bool:
    return id in law.books and law.books[id].hash != one.hash


def _answered(
    explanation: Explanation, told: Told, caveats: tuple[Caveat, ...], language: Language
) -> Answered:
    decision = explanation.decision
    pairs = zip(explanation.looked, told.lines, strict=True)
    return Answered(
        at=explanation.at,
        verdict=explanation.verdict,
        reasons=explanation.reasons,
        not_before=decision.not_before if isinstance(decision, Defer) else None,
        rulebooks=explanation.rulebooks,
        zones=explanation.zones,
        paragraph=told.paragraph,
        rules=tuple(_looked_at(one, line, language) for one, line in pairs),
        changes=tuple(
            Changed(at=one.at, verdict=one.verdict, begins=one.begins, ends=one.ends)
            for one in explanation.changes
        ),
        as_of_now=caveats,
        caveats=told.caveats,
        advice=told.advice,
    )


def _looked_at(one: Looked, line: str, language: Language) -> LookedAt:
    cited = one.cited
    return LookedAt(
        matter=one.matter,
        rule=one.rule,
        input={name.value: _written(value) for name, value in one.seen.items()},
        reasons=one.reasons,
        sources=cited.titles if cited else (),
        provision=cited.provision if cited else None,
        confidence=CONFIDENCE[language][cited.confidence] if cited else None,
        tier=cited.tier if cited else None,
        line=line,
    )


def _written(value: Value) -> str | int | bool:
    return time_text(value) if isinstance(value, datetime) else value
