"""Plan a run: freeze its audience with a reason for everyone, and its texts, in one transaction.

What is frozen is what will be approved: who, in which words, in how many parts. A text is written once, here;
live consent can only remove people afterwards. People who are texted by an earlier run of the same campaign,
or may have been, are excluded: nobody is texted twice for one campaign.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

import msgspec

from yesfirst import tracing
from yesfirst.errors import Refused
from yesfirst.intake.brand import Brand
from yesfirst.intake.campaign import Campaign, content_hash
from yesfirst.ledger import leaf, tree
from yesfirst.ledger.canonical import Json
from yesfirst.ledger.text import hash_text, id_text
from yesfirst.rules import parts
from yesfirst.rules.reason import Reason
from yesfirst.rules.ruling import Ruling
from yesfirst.rules.text import LeaveOut, Template, render
from yesfirst.store import audiences, clock, evidence, messages, rulings, runs
from yesfirst.store.audiences import Listed
from yesfirst.store.engine import Connection
from yesfirst.store.keyring import new_id, seal, unseal
from yesfirst.store.messages import NewMessage
from yesfirst.store.runs import NewRun
from yesfirst.usecases.actors import Actor, record_key, seal_actor
from yesfirst.usecases.brand_law import law_of
from yesfirst.usecases.ground import Ground
from yesfirst.usecases.reassess import reassess_all
from yesfirst.usecases.texts import Texts

PAGE = 2_000
SAMPLES = 5
PER_LANE = 100
"""Messages per second that one lane is planned for."""
MOST_LANES = 16
MISSING_VALUE, ALREADY_TEXTED = "MISSING_VALUE", "ALREADY_TEXTED"
_PLACE = {reason: place for place, reason in enumerate([*Reason, ALREADY_TEXTED])}


@dataclass(frozen=True, slots=True)
class Sample:
    """A text as a person will get it; the number shows its first and last digits only."""

    number: str
    language: str
    text: str
    parts: int


@dataclass(frozen=True, slots=True)
class Plan:
    """What a planned run would do."""

    run: str
    campaign: str
    audience: int
    messages: int
    excluded: dict[str, int]
    parts: dict[str, int]
    cost: str
    cost_cap: str
    opens: datetime
    closes: datetime
    seconds_needed: int
    fits: bool
    samples: list[Sample] = field(repr=False)


@dataclass(slots=True)
class _Draft:
    """What planning adds up page by page."""

    subjects: list[bytes] = field(default_factory=list)
    excluded: Counter[str] = field(default_factory=Counter)
    parts: Counter[str] = field(default_factory=Counter)
    samples: list[Sample] = field(default_factory=list)
    messages: int = 0


async def plan(
    ground: Ground, brand: Brand, campaign: Campaign, planned_by: Actor, *, only: bytes | None = None
) -> Plan:
    """Freezes a run of the campaign; `only` narrows the audience to one subject, for a test to one's own number.

    An earlier run of the campaign that was planned and never started is cancelled: there is one plan to approve.
    """
    run_id = new_id()
    campaign_id = campaign.id if only is None else f"{campaign.id}.test"
    lanes = max(2, min(MOST_LANES, -(-campaign.per_second // PER_LANE)))
    draft = _Draft()
    await reassess_all(ground)
    async with tracing.span("plan", begins=run_id, run=run_id), ground.engine.begin() as connection:
        now = await clock.now(connection)
        await runs.cancel_unstarted(connection, campaign_id)
        # A test to one's own number may be repeated: no earlier run counts against it.
        once = campaign_id if only is None else ""
        choice = audiences.Choice(brand.id, campaign.purpose, once, campaign.audience, only)
        texts = Texts.of_campaign(campaign, await law_of(ground, connection, brand.id, now), now)
        writer = _Writer(ground, campaign, texts, run_id, lanes, draft)
        after = b""
        while page := await audiences.page(
            connection, choice, now.astimezone(brand.time_zone).date(), after, PAGE
        ):
            await writer.add(connection, page)
            after = page[-1].subject
        if not draft.subjects:
            raise Refused(
                "AUDIENCE_EMPTY",
                "Nobody matches the audience.",
                "Import people, or widen `audience:` in the file.",
            )
        await _store(ground, connection, campaign, campaign_id, run_id, lanes, draft, planned_by, now)
    return _summary(campaign, campaign_id, run_id, draft, now)


@dataclass(slots=True)
class _Writer:
    ground: Ground
    campaign: Campaign
    texts: Texts
    run: bytes
    lanes: int
    draft: _Draft
    templates: dict[str, Template] = field(init=False)
    rulings: dict[int, Ruling] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.templates = self.campaign.templates

    async def add(self, connection: Connection, page: Sequence[Listed]) -> None:
        """Writes a page of people: a message for each, or the reason why not."""
        unread = {person.ruling for person in page} - self.rulings.keys()
        self.rulings |= await rulings.bodies(connection, sorted(unread))
        new: list[NewMessage] = []
        left_out: list[tuple[bytes, str]] = []
        for person in page:
            self.draft.subjects.append(person.subject)
            written = self._write(person)
            if isinstance(written, str):
                left_out.append((person.subject, written))
                self.draft.excluded[written] += 1
            else:
                new.append(written)
        await messages.insert(connection, self.run, new)
        await audiences.exclude(connection, self.run, left_out)

    def _write(self, person: Listed) -> NewMessage | str:
        language = self.campaign.language_for(person.language)
        against = (*person.reasons, *self.texts.against(self.rulings[person.ruling], language))
        if against:
            return min(against, key=_PLACE.__getitem__)
        key = self.ground.keyring.unwrap(person.wrapped_key, person.subject)
        private = (
            msgspec.json.decode(unseal(key, "profile", person.profile_sealed))
            if person.profile_sealed
            else {}
        )
        text = render(self.templates[language], {**person.attributes, **private}, self.campaign.missing)
        if isinstance(text, LeaveOut):
            return MISSING_VALUE
        count = parts.count(text.text).n
        position, self.draft.messages = self.draft.messages, self.draft.messages + 1
        self.draft.parts[language] += count
        if len(self.draft.samples) < SAMPLES:
            number = unseal(key, "phone", person.phone_sealed)
            self.draft.samples.append(Sample(masked(number), language, text.text, count))
        return NewMessage(
            id=new_id(),
            subject=person.subject,
            lane=position % self.lanes,
            position=position,
            language=language,
            body_sealed=seal(key, "body", text.text),
            parts=count,
        )


def masked(number: str) -> str:
    """Enough of a number to recognise one's own: +861*******000."""
    return f"{number[:4]}{'*' * (len(number) - 7)}{number[-3:]}"


def audience_digest(subjects: Sequence[bytes]) -> bytes:
    """RFC 6962 root over the subject ids in byte order."""
    return tree.root([tree.leaf_hash(subject) for subject in sorted(subjects)])


async def _store(
    ground: Ground,
    connection: Connection,
    campaign: Campaign,
    campaign_id: str,
    run_id: bytes,
    lanes: int,
    draft: _Draft,
    planned_by: Actor,
    now: datetime,
) -> None:
    key = await record_key(connection, ground.keyring, run_id)
    interval = campaign.window.at(now)
    counts = {
        "audience": len(draft.subjects),
        "messages": draft.messages,
        **{f"excluded.{reason}": people for reason, people in sorted(draft.excluded.items())},
    }
    declared = msgspec.json.encode(campaign, order="sorted")
    new = NewRun(
        id=run_id,
        campaign=campaign_id,
        brand=campaign.brand,
        purpose=campaign.purpose,
        sender=campaign.sender,
        declared=declared,
        content=content_hash(campaign),
        audience=audience_digest(draft.subjects),
        counts={**counts, "parts": draft.parts.total()},
        lanes=lanes,
        pace=campaign.per_second,
        opens=interval.opens,
        closes=interval.closes,
        planned_by=seal_actor(key, planned_by),
        planned_at=now,
    )
    await runs.insert(connection, new)
    public: dict[str, Json] = {
        "run": id_text(run_id),
        "brand": new.brand,
        "purpose": new.purpose,
        "content": hash_text(new.content),
        "audience": hash_text(new.audience),
        "counts": counts,
    }
    planned = leaf.make("run.planned", run_id, None, now, public, {"actor": planned_by.name}, key)
    await evidence.append(connection, [planned])


def _summary(campaign: Campaign, campaign_id: str, run_id: bytes, draft: _Draft, now: datetime) -> Plan:
    interval = campaign.window.at(now)
    seconds = -(-draft.messages // campaign.per_second)
    cost = cost_of(campaign, draft.parts.total())
    return Plan(
        run=id_text(run_id),
        campaign=campaign_id,
        audience=len(draft.subjects),
        messages=draft.messages,
        excluded=dict(sorted(draft.excluded.items())),
        parts=dict(draft.parts),
        cost=f"{cost} {campaign.cost.currency}",
        cost_cap=f"{campaign.cost.cap} {campaign.cost.currency}",
        opens=interval.opens,
        closes=interval.closes,
        seconds_needed=seconds,
        fits=seconds <= (interval.closes - interval.opens).total_seconds(),
        samples=draft.samples,
    )


def cost_of(campaign: Campaign, parts_in_all: int) -> Decimal:
    return campaign.cost.price_per_part * parts_in_all
