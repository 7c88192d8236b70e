"""Withdraw: suppress the person, close what they had agreed to, name what is in flight, all in one transaction.

The lock on the subject orders the withdrawal against every hand-over: a message that was not yet `calling` will
not be called, and one that was is named here. What the person replied in is committed to, never stored.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from yesfirst.ledger.leaf import Leaf
from yesfirst.store import clock, inflight, subjects
from yesfirst.store.engine import Connection
from yesfirst.store.subjects import SubjectHead
from yesfirst.usecases import consents
from yesfirst.usecases.ground import Ground
from yesfirst.usecases.people import subjects_of


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """What one brand's record of a person says after a withdrawal; `in_flight` are message ids."""

    subject: SubjectHead
    leaf: Leaf
    at: datetime
    in_flight: tuple[bytes, ...]


async def withdraw(
    ground: Ground,
    connection: Connection,
    brands: Sequence[str],
    e164: str,
    *,
    via: str,
    private: Mapping[str, str],
) -> list[Withdrawal]:
    """Withdraws everything for a number from every one of the brands, known to them or not.

    `via` and `private` as in the `consent.withdraw` leaf. The caller commits.
    """
    people = await subjects_of(ground, connection, [(brand, e164) for brand in brands])
    at = await clock.now(connection)
    done: list[Withdrawal] = []
    for (brand, number), subject in people.items():
        refusal = ground.keyring.refusal_of(brand, number)
        await subjects.suppress(connection, brand, subject.id, refusal, via, at)
        withdrawal = await consents.withdraw(
            ground, connection, brand, subject, via=via, private={"phone": e164, **private}, at=at
        )
        in_flight = await inflight.name(connection, subject.id, withdrawal.rid)
        done.append(Withdrawal(subject, withdrawal, at, tuple(in_flight)))
    return done
