"""Receipts: what the carrier reports of a message later, in any order, any number of times.

A receipt never changes the state of the protocol but for one case: it proves that a message whose outcome is
unknown was accepted. Delivered outranks undelivered outranks sent.
"""

from collections.abc import Sequence

from yesfirst.rules.delivery import Receipt
from yesfirst.store import receipts
from yesfirst.store.receipts import NewReceipt
from yesfirst.usecases.ground import Ground
from yesfirst.usecases.recover import resolve

# Twilio's message statuses; the ones before `sent` say nothing that the answer to the call did not say.
_STATUSES = {
    "sent": Receipt.SENT,
    "delivered": Receipt.DELIVERED,
    "read": Receipt.DELIVERED,
    "undelivered": Receipt.UNDELIVERED,
    "failed": Receipt.UNDELIVERED,
}


def parse(message: bytes, carrier_id: str, status: str, code: int | None) -> NewReceipt | None:
    """A receipt from Twilio's words; None for a status that is no receipt."""
    kind = _STATUSES.get(status)
    return NewReceipt(message, carrier_id, kind, kind.rank, code) if kind else None


async def record(ground: Ground, new: Sequence[NewReceipt]) -> None:
    """Keeps the best receipt of each message; returns when that is committed."""
    async with ground.engine.begin() as connection:
        unknown = await receipts.keep(connection, _best(new))
    for message, carrier_id in unknown:
        await resolve(ground, message, carrier_id, accepted=True, how="receipt")


def _best(new: Sequence[NewReceipt]) -> list[NewReceipt]:
    best: dict[bytes, NewReceipt] = {}
    for one in new:
        if one.message not in best or one.rank > best[one.message].rank:
            best[one.message] = one
    return list(best.values())
