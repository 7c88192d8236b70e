"""Withdrawals, by the number in the body: of one person, or of up to a thousand in one request.

A key of one brand withdraws from that brand alone; a brand that the key may not use, or that isn't there, refuses all
before anybody is withdrawn.
"""

from collections.abc import Sequence
from datetime import datetime
from http import HTTPStatus

from litestar import Controller, post
from litestar.di import NamedDependency
from msgspec import Struct

from yesfirst.errors import Refused
from yesfirst.intake.brand import Brand
from yesfirst.ledger.text import id_text
from yesfirst.usecases import person
from yesfirst.usecases.api_keys import Caller, Capability
from yesfirst.usecases.ground import Ground
from yesfirst.usecases.withdraw import Withdrawal
from yesfirst.usecases.withdrawals import Teller, Told, scope_of, withdraw_each
from yesfirst.web.api.access import brand_for
from yesfirst.web.api.bodies import WithdrawalsBody, WithdrawBody, Withdrawing
from yesfirst.web.api.repeats import Repeats
from yesfirst.web.problems import problem

_VIA = "api"


class Withdrawn(Struct, frozen=True):
    """In force since `at`, at each of `brands`; `receipt` is the code by which the person can ask for it.

    `in_flight` are the messages that were already being handed over, `deleted` what was known of the person and isn't
    any more.
    """

    brand: str
    brands: list[str]
    at: datetime
    receipt: str
    in_flight: list[str]
    deleted: list[str]


class WithdrawnOne(Struct, frozen=True):
    """One of them: what was withdrawn, or the code with which it would have been refused alone."""

    withdrawn: Withdrawn | None
    reason: str | None


class WithdrawalPages(Controller):
    path = "/people/withdraw"

    @post(status_code=HTTPStatus.OK, can=Capability.PEOPLE)
    async def withdraw(
        self,
        data: WithdrawBody,
        caller: NamedDependency[Caller],
        ground: NamedDependency[Ground],
        repeats: NamedDependency[Repeats],
    ) -> Withdrawn:
        """Withdraw for a number, known or not; in force when this is answered."""
        return await repeats.answer(Withdrawn, lambda: _withdraw(ground, caller, data))

    @post("/bulk", status_code=HTTPStatus.OK, can=Capability.PEOPLE)
    async def withdraw_each(
        self,
        data: WithdrawalsBody,
        caller: NamedDependency[Caller],
        ground: NamedDependency[Ground],
        repeats: NamedDependency[Repeats],
    ) -> list[WithdrawnOne]:
        """Withdraw for at most 1,000 numbers; how each ended stands at the same place of the answer."""
        return await repeats.answer(list[WithdrawnOne], lambda: _withdraw_each(ground, caller, data))


async def _withdraw(ground: Ground, caller: Caller, asked: Withdrawing) -> Withdrawn:
    told = _told(asked, await brand_for(caller, ground, asked.brand), caller)
    [done] = await withdraw_each(ground, [told], Teller(_VIA, caller.actor))
    return _withdrawn(done)


async def _withdraw_each(ground: Ground, caller: Caller, asked: Sequence[Withdrawing]) -> list[WithdrawnOne]:
    told: dict[int, Told] = {}
    refused: dict[int, Refused] = {}
    names = dict.fromkeys(one.brand for one in asked)
    brands = {name: await brand_for(caller, ground, name) for name in names}
    for place, one in enumerate(asked):
        try:
            told[place] = _told(one, brands[one.brand], caller)
        except Refused as refusal:
            refused[place] = refusal
    done = await withdraw_each(ground, list(told.values()), Teller(_VIA, caller.actor))
    ended = {place: WithdrawnOne(_withdrawn(one), None) for place, one in zip(told, done, strict=True)}
    ended |= {place: WithdrawnOne(None, one.code) for place, one in refused.items()}
    return [ended[place] for place in range(len(asked))]


def _told(asked: Withdrawing, brand: Brand, caller: Caller) -> Told:
    if asked.everywhere and caller.brand is not None:
        raise problem(HTTPStatus.FORBIDDEN, "BRAND_FORBIDDEN", "The key is for one brand, and not for all.")
    scope = scope_of(brand, asked.purposes, asked.everywhere)
    return Told(person.read_number(asked.number, brand), scope, asked.reason)


def _withdrawn(done: Sequence[Withdrawal]) -> Withdrawn:
    first = done[0]
    return Withdrawn(
        brand=first.subject.brand,
        brands=[one.subject.brand for one in done],
        at=first.at,
        receipt=first.receipt,
        in_flight=[id_text(message) for one in done for message in one.in_flight],
        deleted=sorted({name for one in done for name in one.deleted}),
    )
