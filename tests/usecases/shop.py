"""The tea shop on a real database: people with consents, planned runs, a log that seals, a clock that is the real one.

Everybody here lives in zones that are always open (`open_all_day`), unless a test says otherwise: the rulebooks'
hours have tests of their own.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import asyncpg
import msgspec

from yesfirst.intake import brand as brands
from yesfirst.intake import campaign as campaigns
from yesfirst.intake import notice as notices
from yesfirst.intake import yamlfile
from yesfirst.intake.brand import Brand
from yesfirst.intake.campaign import Campaign
from yesfirst.intake.notice import Notice
from yesfirst.ledger.note import Signer, generate
from yesfirst.ledger.text import parse_id
from yesfirst.rulebooks import load_all
from yesfirst.rules.audience import All, Audience
from yesfirst.rules.rulebook import Rulebook
from yesfirst.rules.sections import OpenHours, Weekday
from yesfirst.store import accounts
from yesfirst.store.engine import open_engine
from yesfirst.store.keyring import ensure_keyring
from yesfirst.store.runs import StoredRun, get
from yesfirst.usecases import consents, control
from yesfirst.usecases.actors import Actor
from yesfirst.usecases.agreements import agreement_to
from yesfirst.usecases.claim import Batch, claim
from yesfirst.usecases.consents import Agreement
from yesfirst.usecases.declared import apply_brand
from yesfirst.usecases.ground import Ground
from yesfirst.usecases.law import Law
from yesfirst.usecases.people import subjects_of
from yesfirst.usecases.plan import Plan, plan
from yesfirst.usecases.seal import Published, open_log, seal

CAMPAIGNS = Path(__file__).parents[2] / "campaigns"
PLANNER, APPROVER = Actor("Wang Fang"), Actor("Li Na")
OFFERS = "marketing.offers"
EVERY_DAY: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def number(n: int) -> str:
    """A Chinese number that nobody has been given."""
    return f"+861390000{n:04}"


def open_all_day(book: Rulebook) -> Rulebook:
    hours = OpenHours(days=EVERY_DAY, opens="00:00", closes="24:00")
    assert book.quiet_hours is not None
    return msgspec.structs.replace(
        book, quiet_hours=msgspec.structs.replace(book.quiet_hours, allowed=(hours,))
    )


@dataclass(slots=True, repr=False)
class Shop:
    ground: Ground
    brand: Brand
    notice: Notice
    campaign: Campaign
    published: Published
    database_url: str
    sender: str = field(init=False)

    def __post_init__(self) -> None:
        self.sender = self.brand.senders[0].address

    @property
    def signer(self) -> Signer:
        return self.published.signer

    async def agree(
        self, numbers: Sequence[str], given: datetime | None = None, expires: datetime | None = None
    ) -> dict[str, bytes]:
        """These people agree to offers, from yesterday on unless said otherwise; their subject ids."""
        given = given or datetime.now(UTC).replace(microsecond=0) - timedelta(days=1)
        async with self.ground.engine.begin() as connection:
            people = await subjects_of(self.ground, connection, [(self.brand.id, one) for one in numbers])
            wanted = [(people[self.brand.id, one], self.agreement(one, given, expires)) for one in numbers]
            await consents.grant(self.ground, connection, self.brand.id, wanted)
        return {one: people[self.brand.id, one].id for one in numbers}

    def agreement(self, e164: str, given: datetime, expires: datetime | None) -> Agreement:
        return agreement_to(
            self.notice,
            purposes=(OFFERS,),
            given=given,
            expires=expires,
            method="import",
            phone=e164,
            private={"proof": "0" * 64},
        )

    async def planned(self) -> Plan:
        return await plan(self.ground, self.brand, self.campaign, PLANNER)

    async def running(self) -> StoredRun:
        """A run of the shop's campaign, planned, approved and started."""
        planned = await self.planned()
        run_id = parse_id(planned.run)
        await control.approve(self.ground, run_id, APPROVER)
        await control.start(self.ground, run_id)
        return await self.run(run_id)

    async def run(self, run_id: bytes) -> StoredRun:
        async with self.ground.engine.connect() as connection:
            run = await get(connection, run_id)
        assert run is not None
        return run

    async def claim_all(self, run: StoredRun) -> list[Batch]:
        """Claims every lane of a run until nothing is ready."""
        batches = []
        for lane in range(run.lanes):
            while batch := await claim(self.ground, run, self.sender, lane, 50):
                batches.append(batch)
        return batches

    async def seal(self) -> int:
        return await seal(self.ground.engine, self.signer, self.published)

    async def states(self, run: StoredRun) -> dict[str, int]:
        """How many messages are in each state."""
        async with self.ground.engine.connect() as connection:
            found = await accounts.tallies(connection, run.id)
        states: Counter[str] = Counter()
        for tally in found:
            states[tally.state] += tally.people
        return dict(states)

    async def value(self, query: str) -> object:
        """The one value that a query gives, by a connection of its own."""
        connection = await asyncpg.connect(self.database_url)
        try:
            return await connection.fetchval(query)
        finally:
            await connection.close()

    async def count(self, query: str) -> int:
        value = await self.value(query)
        assert isinstance(value, int)
        return value

    async def until_somebody_waits_for_a_lock(self) -> None:
        waiting = """
            SELECT count(*) FROM pg_stat_activity
            WHERE wait_event_type = 'Lock' AND datname = current_database()
        """
        async with asyncio.timeout(10):
            while not await self.count(waiting):  # noqa: ASYNC110  # it happens in the database
                await asyncio.sleep(0.01)


@asynccontextmanager
async def open_shop(database_url: str, directory: Path, *, all_day: bool = True) -> AsyncIterator[Shop]:
    books = {id: open_all_day(book) if all_day else book for id, book in load_all().items()}
    engine = open_engine(database_url)
    ground = Ground(engine, ensure_keyring(directory / "keys"), Law(books))
    brand, found = read_shop()
    await apply_brand(ground, brand, found)
    signer = generate("test.example/log")
    await open_log(engine, signer.name)
    published = Published(directory / "log" / "checkpoint", signer)
    try:
        yield Shop(ground, brand, found["notices/offers.zh.md"], everyone(brand), published, database_url)
    finally:
        await engine.dispose()


def read_shop() -> tuple[Brand, dict[str, Notice]]:
    place = CAMPAIGNS / "lantern-tea"
    brand = brands.check(yamlfile.load((place / "brand.yaml").read_text("utf-8"), "brand.yaml"))
    found = {path: notices.read((place / path).read_bytes(), path, brand) for path in brand.notices}
    return brand, found


def everyone(brand: Brand) -> Campaign:
    """The shop's shipped campaign, for everyone."""
    text = (CAMPAIGNS / "lantern-tea" / "winter-tea-offer.yaml").read_text("utf-8")
    document = yamlfile.load(text, "winter-tea-offer.yaml")
    shipped = campaigns.check(document, brand, datetime.now(UTC))
    return msgspec.structs.replace(shipped, audience=Audience(where=All(())))
