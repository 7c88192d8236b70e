"""Withdrawals that somebody tells us of: by telephone, at the counter, from another program, in a file.

Each counts from the moment at which it is committed, whatever date it is said to be of. Who told it and why is
committed to, never stored. A batch locks all of its people in the order of ids before it touches the first, and is
one transaction: a crash leaves whole batches.

Known gap: people are withdrawn one after the other, some tens a second.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from yesfirst.errors import Refused
from yesfirst.intake.brand import Brand
from yesfirst.store import brands
from yesfirst.store.engine import Connection
from yesfirst.store.subjects import SubjectHead
from yesfirst.usecases.actors import Actor
from yesfirst.usecases.consents import EVERYTHING
from yesfirst.usecases.ground import Ground
from yesfirst.usecases.held import settle_replies
from yesfirst.usecases.people import subjects_of
from yesfirst.usecases.withdraw import Withdrawal, withdraw, withdraw_everywhere

_AT_ONCE = 20
"""People locked together: a fraction of a second."""


@dataclass(frozen=True, slots=True)
class Scope:
    """What is withdrawn: purposes of a brand, or everything; `everywhere`: from every brand of its controller."""

    brand: Brand
    purposes: tuple[str, ...] = EVERYTHING
    everywhere: bool = False


@dataclass(frozen=True, slots=True)
class Told:
    """That a number has withdrawn, and the reason if one was given."""

    e164: str = field(repr=False)
    scope: Scope
    reason: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Teller:
    """The way by which it came, as in the leaf, and who told it."""

    via: str
    actor: Actor | None = None


def scope_of(brand: Brand, purposes: Sequence[str], everywhere: bool) -> Scope:
    """What is named, or everything; raises Refused (PURPOSE_UNKNOWN, SCOPE_INVALID)."""
    named = tuple(dict.fromkeys(purposes))
    if any(one not in brand.purposes for one in named):
        hint = f"It has {', '.join(brand.purposes)}; without a purpose everything is withdrawn."
        raise Refused("PURPOSE_UNKNOWN", "The brand has no such purpose.", hint)
    if named and everywhere:
        raise Refused(
            "SCOPE_INVALID",
            "Who leaves every brand leaves all of their purposes.",
            "Name purposes, or say that it is for every brand.",
        )
    return Scope(brand, named or EVERYTHING, everywhere)


async def withdraw_one(ground: Ground, told: Told, teller: Teller) -> list[Withdrawal]:
    """What was withdrawn, the named brand's first."""
    [done] = await withdraw_each(ground, [told], teller)
    return done


async def withdraw_each(ground: Ground, told: Sequence[Told], teller: Teller) -> list[list[Withdrawal]]:
    """As `withdraw_one` for each, in the order given."""
    done: list[list[Withdrawal]] = []
    for start in range(0, len(told), _AT_ONCE):
        # A crash between two batches leaves the rest as it was; to tell it again withdraws the first ones again.
        async with ground.engine.begin() as connection:
            done += await withdraw_batch(ground, connection, told[start : start + _AT_ONCE], teller)
    return done


async def withdraw_batch(
    ground: Ground, connection: Connection, told: Sequence[Told], teller: Teller
) -> list[list[Withdrawal]]:
    """As `withdraw_each`, in the transaction of the caller: a few dozen at a time."""
    await lock_people(ground, connection, told)
    return [await _withdraw(ground, connection, one, teller) for one in told]


async def lock_people(
    ground: Ground, connection: Connection, told: Sequence[Told]
) -> dict[str, list[SubjectHead]]:
    """By number, everybody's subjects at the brands that are left, locked in the order of ids."""
    pairs = {(brand, one.e164): one for one in told for brand in await _brands_of(connection, one.scope)}
    people: dict[str, list[SubjectHead]] = {}
    for (_, e164), subject in (await subjects_of(ground, connection, list(pairs))).items():
        people.setdefault(e164, []).append(subject)
    return people


async def _brands_of(connection: Connection, scope: Scope) -> Sequence[str]:
    if scope.everywhere:
        return await brands.of_controller(connection, scope.brand.controller)
    return [scope.brand.id]


async def _withdraw(ground: Ground, connection: Connection, one: Told, teller: Teller) -> list[Withdrawal]:
    scope, named = one.scope, {"actor": teller.actor and teller.actor.name, "reason_text": one.reason}
    private = {name: value for name, value in named.items() if value}
    if scope.everywhere:
        done = await withdraw_everywhere(
            ground, connection, scope.brand, one.e164, via=teller.via, private=private
        )
    else:
        done = await withdraw(
            ground,
            connection,
            [scope.brand.id],
            one.e164,
            via=teller.via,
            private=private,
            purposes=scope.purposes,
        )
    if scope.purposes == EVERYTHING:
        for each in done:
            await settle_replies(connection, each.subject, "stop", each.at)
    return sorted(done, key=lambda each: each.subject.brand != scope.brand.id)
