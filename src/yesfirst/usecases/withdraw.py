"""Withdraw: refuse for the person, close what they had agreed to, name what is in flight, all in one transaction.

The lock on the subject orders the withdrawal against every hand-over: a message that was not yet `calling` will
not be called, and one that was is named here. What the person replied in is committed to, never stored. What is
known of a person and no purpose needs any more is deleted at once.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from yesfirst.intake.brand import Brand
from yesfirst.ledger.leaf import Leaf
from yesfirst.store import brands, clock, inflight, refusals, subjects
from yesfirst.store.engine import Connection
from yesfirst.store.refusals import Entry
from yesfirst.store.subjects import SubjectHead
from yesfirst.usecases import consents
from yesfirst.usecases.consents import EVERYTHING
from yesfirst.usecases.ground import Ground
from yesfirst.usecases.people import subjects_of
from yesfirst.usecases.trim import trim


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """What one brand's record of a person says after a withdrawal; `in_flight` are message ids.

    `subject` is as it was before, `deleted` names what was known of the person and isn't any more.
    """

    subject: SubjectHead
    leaf: Leaf
    at: datetime
    in_flight: tuple[bytes, ...]
    deleted: tuple[str, ...]

    @property
    def receipt(self) -> str:
        """The code by which the person can ask for this withdrawal: the start of its leaf's hash, 40 bits of it."""
        return receipt_code(self.leaf.hash)


def receipt_code(leaf_hash: bytes) -> str:
    code = leaf_hash[:5].hex().upper()
    return f"{code[:5]}-{code[5:]}"


async def withdraw(
    ground: Ground,
    connection: Connection,
    brands: Sequence[str],
    e164: str,
    *,
    via: str,
    private: Mapping[str, str],
    purposes: tuple[str, ...] = EVERYTHING,
) -> list[Withdrawal]:
    """Withdraws for a number from every one of the brands, known to them or not; all purposes, or those listed.

    `via` and `private` as in the `consent.withdraw` leaf. The caller commits.
    """
    people = await subjects_of(ground, connection, [(brand, e164) for brand in brands])
    at = await clock.now(connection)
    done: list[Withdrawal] = []
    for (brand, number), subject in people.items():
        await refusals.refuse(connection, _entries(ground, brand, purposes, number), via, at)
        if purposes == EVERYTHING:
            await subjects.suppress(connection, subject.id, at)
        written = await consents.withdraw(
            ground,
            connection,
            brand,
            subject,
            via=via,
            private={"phone": e164, **private},
            at=at,
            purposes=purposes,
        )
        deleted = await trim(ground, connection, subject, written.standings, at)
        in_flight = await inflight.name(connection, subject.id, written.leaf.rid)
        done.append(Withdrawal(subject, written.leaf, at, tuple(in_flight), deleted))
    return done


async def withdraw_everywhere(
    ground: Ground, connection: Connection, brand: Brand, e164: str, *, via: str, private: Mapping[str, str]
) -> list[Withdrawal]:
    """Withdraws a number from every brand of a brand's controller, those that it gets later included."""
    ids = await brands.of_controller(connection, brand.controller)
    done = await withdraw(ground, connection, ids, e164, via=via, private=private)
    everywhere = refusals.of_controller(ground.keyring, brand.controller, e164)
    await refusals.refuse(connection, [everywhere], via, done[0].at)
    return done


def _entries(ground: Ground, brand: str, purposes: tuple[str, ...], e164: str) -> list[Entry]:
    if purposes == EVERYTHING:
        return [refusals.of_brand(ground.keyring, brand, e164)]
    return [refusals.of_purpose(ground.keyring, brand, purpose, e164) for purpose in purposes]
