"""How the deeds of `lives.py` are done: by the real use cases, many people at once where they take many."""

import asyncio
import hashlib
import io
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path

import msgspec

from usecases.lives import BEGIN, EVENTS, OFFERS, Act, Deed, Memory
from usecases.shop import Shop, open_shop, read_shop
from yesfirst.intake.asking import Form
from yesfirst.intake.brand import Brand
from yesfirst.intake.notice import Notice
from yesfirst.intake.result import RowResult
from yesfirst.ledger.text import id_text
from yesfirst.rules.consent import fold
from yesfirst.store import asks, clock, consents, forms, reviews
from yesfirst.store.asks import AskKind, NewAsk
from yesfirst.store.engine import Connection
from yesfirst.store.keyring import new_id
from yesfirst.store.reviews import Kind
from yesfirst.store.set_clock import set_clock, throwaway_database
from yesfirst.store.subjects import SubjectHead
from yesfirst.usecases.actors import Actor
from yesfirst.usecases.ask_first import ask_first
from yesfirst.usecases.declared import apply_brand
from yesfirst.usecases.files import open_people_file
from yesfirst.usecases.ground import Ground
from yesfirst.usecases.import_people import Terms, import_people
from yesfirst.usecases.inbound import InboundText, receive
from yesfirst.usecases.people import known_subjects
from yesfirst.usecases.person import Method, Source, Stated, Wanted, add_each
from yesfirst.usecases.review import Resolution, open_review, resolve
from yesfirst.usecases.sign_up import Capture, sign_up
from yesfirst.usecases.withdrawals import Scope, Teller, Told, withdraw_each

NOTICES = {OFFERS: "notices/offers.zh.md", EVENTS: "notices/events.zh.md"}
KEYWORDS = {OFFERS: "TEA", EVENTS: "PARTY"}
CLERK = Actor("Wang Fang")
_YEARS = timedelta(days=730)
_AT_ONCE = 4
_ids = count(1)


@dataclass(slots=True)
class Person:
    """Somebody with a life before them; `went_out` tells whether the last deed could be done."""

    number: str = field(repr=False)
    life: Sequence[Act]
    memory: Memory
    act: Act | None = None
    given: datetime = BEGIN
    went_out: bool = True


@dataclass(slots=True)
class World:
    """One brand with what it shows; at its START `starts` tells whether something is agreed to."""

    ground: Ground
    brand: Brand
    notices: Mapping[str, Notice]
    starts: bool


@asynccontextmanager
async def worlds(url: str, folder: Path) -> AsyncIterator[dict[bool, World]]:
    """Two brands of one controller on a database with a clock to set, by what their START does."""
    async with throwaway_database(url) as made, open_shop(made, folder) as shop:
        _, found = read_shop()
        shown = {purpose: found[name] for purpose, name in NOTICES.items()}
        yield {
            starts: World(shop.ground, await _apply(shop, starts, found), shown, starts)
            for starts in (False, True)
        }


async def _apply(shop: Shop, starts: bool, found: dict[str, Notice]) -> Brand:
    id, service = ("lantern-sister", "MG" + "9" * 32) if starts else ("lantern-tea", "MG" + "8" * 32)
    [sender] = shop.brand.senders
    brand = msgspec.structs.replace(
        shop.brand,
        id=id,
        start_notice=NOTICES[OFFERS] if starts else None,
        senders=(msgspec.structs.replace(sender, id=f"{id}-sender", messaging_service_sid=service),),
        replies=msgspec.structs.replace(
            shop.brand.replies, ask={"zh": "回复Y确认", "en": "Reply Y to confirm"}
        ),
        forms={
            f"{id}-{KEYWORDS[purpose].lower()}": Form(
                notices=(name,), privacy="https://lantern-tea.example/privacy", keyword=KEYWORDS[purpose]
            )
            for purpose, name in NOTICES.items()
        },
    )
    await apply_brand(shop.ground, brand, found)
    return brand


async def do(world: World, people: Iterable[Person]) -> None:
    """Everybody does what is next in their life."""
    acting: dict[Deed, list[Person]] = {}
    for one in people:
        assert one.act is not None
        one.went_out = True
        acting.setdefault(one.act.deed, []).append(one)
    for deed, those in acting.items():
        await _HOW[deed](world, those)


def _each(
    how: Callable[[World, Person, Act], Awaitable[None]],
) -> Callable[[World, Sequence[Person]], Awaitable[None]]:
    """One by one, a few at a time."""

    async def each(world: World, people: Sequence[Person]) -> None:
        turns = asyncio.Semaphore(_AT_ONCE)

        async def turn(one: Person) -> None:
            assert one.act is not None
            async with turns:
                await how(world, one, one.act)

        await asyncio.gather(*map(turn, people))

    return each


async def _list(world: World, people: Sequence[Person]) -> None:
    for purpose, notice in world.notices.items():
        rows = [
            f"{one.number},{one.given.isoformat(' ')},{(one.given + _YEARS).isoformat(' ')}"
            for one in people
            if one.act and one.act.purpose == purpose
        ]
        if rows:
            table = io.BytesIO("\n".join(("手机号,同意日期,同意有效期至", *rows, "")).encode())
            source = open_people_file(table, world.brand, chosen={}, expiry=None)
            terms = Terms(world.brand, purpose, notice)
            await import_people(
                world.ground, source, terms, dry_run=False, watch=lambda *_: None, write=_read_through
            )


def _read_through(results: Iterator[RowResult]) -> None:
    refused = {one.reason for one in results}
    assert refused <= {None, "WITHDRAWN_SINCE", "SUPPRESSED", "SAME_NUMBER"}, refused


def _told(source: Source) -> Callable[[World, Sequence[Person]], Awaitable[None]]:
    async def told(world: World, people: Sequence[Person]) -> None:
        await add_each(world.ground, world.brand, [_wanted(world, one, source) for one in people])

    return told


def _wanted(world: World, one: Person, source: Source) -> Wanted:
    assert one.act is not None
    stated = Stated(one.number, one.given, one.given + _YEARS, {}, None, None)
    return Wanted(one.act.purpose, world.notices[one.act.purpose], stated, source)


async def _asked(world: World, one: Person, act: Act) -> None:
    one.went_out = await ask_first(world.ground, world.brand, _wanted(world, one, Source())) is None
    await _questions_go(world)


async def _page(world: World, one: Person, act: Act) -> None:
    async with world.ground.engine.connect() as connection:
        form = await forms.form(connection, f"{world.brand.id}-{KEYWORDS[act.purpose].lower()}")
    assert form is not None
    capture = Capture(
        hashlib.sha256(b"page").hexdigest(), "192.0.2.1", "Browser", "https://sms.example/c/tea"
    )
    one.went_out = await sign_up(world.ground, world.brand, form, "zh", one.number, capture) is None
    await _questions_go(world)


async def _questions_go(world: World) -> None:
    """As if the carrier had taken them; a yes to a question that never went says nothing."""
    async with world.ground.engine.begin() as connection:
        await connection.exec_driver_sql(
            "UPDATE ask SET state = 'accepted' WHERE state = 'ready' AND kind = 'confirm'"
        )


def _text(body: str | None = None) -> Callable[[World, Sequence[Person]], Awaitable[None]]:
    async def text(world: World, one: Person, act: Act) -> None:
        said = body or KEYWORDS[act.purpose]
        address = world.brand.senders[0].address
        await receive(world.ground, InboundText(f"SM{next(_ids)}", one.number, (address,), said))

    return _each(text)


def _withdraw(everywhere: bool) -> Callable[[World, Sequence[Person]], Awaitable[None]]:
    async def withdraw(world: World, people: Sequence[Person]) -> None:
        told = [
            Told(
                one.number,
                Scope(world.brand, everywhere=True) if everywhere else Scope(world.brand, (one.act.purpose,)),
            )
            for one in people
            if one.act
        ]
        await withdraw_each(world.ground, told, Teller("operator", CLERK))

    return withdraw


async def _unclear(world: World, one: Person, act: Act) -> None:
    async with world.ground.engine.begin() as connection:
        known = await known_subjects(world.ground, connection, [(world.brand.id, one.number)])
        for subject in known.values():
            if subject.suppressed_at is None:
                await open_review(connection, subject, Kind.REPLY, "?", await clock.now(connection))


def _read(resolution: Resolution) -> Callable[[World, Sequence[Person]], Awaitable[None]]:
    async def read(world: World, one: Person, act: Act) -> None:
        async with world.ground.engine.begin() as connection:
            known = await known_subjects(world.ground, connection, [(world.brand.id, one.number)])
            waiting = await reviews.open_ones(connection, world.ground.keyring, world.brand.id)
        mine = [each for each in waiting if each.subject in {subject.id for subject in known.values()}]
        one.went_out = bool(mine)
        if mine:
            await resolve(world.ground, id_text(mine[0].id), resolution, CLERK)

    return _each(read)


async def _renewal(world: World, one: Person, act: Act) -> None:
    """Asks about what is open, as if the text had just been handed over."""
    async with world.ground.engine.begin() as connection:
        for subject in (
            await known_subjects(world.ground, connection, [(world.brand.id, one.number)])
        ).values():
            for event in await _open(connection, subject):
                ask = _ask(subject, event, await clock.now(connection), world.brand.senders[0].id)
                await asks.put(connection, [ask])
                await connection.exec_driver_sql("UPDATE ask SET state = 'accepted' WHERE id = $1", (ask.id,))


async def _open(connection: Connection, subject: SubjectHead) -> set[bytes]:
    chain = (await consents.events_of(connection, [subject.id])).get(subject.id, ())
    return {one.open.leaf_hash for one in fold(chain).values() if one.open}


def _ask(subject: SubjectHead, event: bytes, now: datetime, sender: str) -> NewAsk:
    return NewAsk(
        new_id(), subject.id, AskKind.RENEW, event, sender, "zh", b"", now, now + timedelta(hours=1)
    )


async def _erase(world: World, people: Sequence[Person]) -> None:
    lookups = [world.ground.keyring.lookup_of(world.brand.id, one.number) for one in people]
    async with world.ground.engine.begin() as connection:
        await connection.exec_driver_sql(
            "UPDATE subject SET lookup = NULL WHERE lookup = ANY($1)", (lookups,)
        )


_PROOF = hashlib.sha256(b"a scan").hexdigest()
_HOW: Mapping[Deed, Callable[[World, Sequence[Person]], Awaitable[None]]] = {
    Deed.LIST: _list,
    Deed.API: _told(Source()),
    Deed.PAPER: _told(Source(Method.PAPER, _PROOF, CLERK)),
    Deed.ASKED: _each(_asked),
    Deed.PAGE: _each(_page),
    Deed.YES: _text("Y"),
    Deed.KEYWORD: _text(),
    Deed.START: _text("START"),
    Deed.STOP: _text("STOP"),
    Deed.PURPOSE: _withdraw(everywhere=False),
    Deed.HOUSE: _withdraw(everywhere=True),
    Deed.UNCLEAR: _each(_unclear),
    Deed.STOP_AFTER_ALL: _read(Resolution.STOP),
    Deed.KEEP_AFTER_ALL: _read(Resolution.KEEP),
    Deed.RENEWAL: _each(_renewal),
    Deed.ERASED: _erase,
}


async def at(world: World, now: datetime) -> None:
    """It is `now` for everybody."""
    async with world.ground.engine.begin() as connection:
        await set_clock(connection, now)
