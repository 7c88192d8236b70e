"""Receipts: what the carrier reports of a message later, in any order, any number of times.

A receipt never changes the state of the protocol but for one case: it proves that a message whose outcome is
unknown was accepted. Delivered outranks undelivered outranks sent.

A receipt for a message that was resolved as not at the carrier contradicts a sealed leaf: it is kept and logged,
the state stays, and the person counts as texted when the campaign is planned again.
"""

import logging
from collections.abc import Sequence

from yesfirst.ledger.text import id_text
from yesfirst.rules.delivery import Receipt, State
from yesfirst.store import receipts
from yesfirst.store.receipts import NewReceipt
from yesfirst.usecases.ground import Ground
from yesfirst.usecases.opted_out import heeding, says_opted_out
from yesfirst.usecases.recover import resolve

_log = logging.getLogger("yesfirst.receipts")
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
    """Keeps the best receipt of each message; returns when that is committed.

    Who is on the carrier's own list of opt-outs has withdrawn with it.
    """
    best = _best(new)
    async with ground.engine.begin() as connection:
        contested = await receipts.keep(connection, [one for one in best if not says_opted_out(one.code)])
    for one in best:
        if says_opted_out(one.code):
            async with heeding(ground, one.message) as connection:
                contested += await receipts.keep(connection, [one])
    # A crash right here leaves an unknown outcome with a receipt: the dispatcher's next sweep resolves it.
    for each in contested:
        if each.state == State.UNKNOWN:
            await resolve(ground, each.message, each.carrier_id, accepted=True, how="receipt")
        else:
            _log.warning("message %s has a receipt and was not at the carrier", id_text(each.message))


def _best(new: Sequence[NewReceipt]) -> list[NewReceipt]:
    best: dict[bytes, NewReceipt] = {}
    for one in new:
        if one.message not in best or one.rank > best[one.message].rank:
            best[one.message] = one
    return list(best.values())
