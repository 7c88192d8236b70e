"""Receipts in groups: one transaction for those that arrive within a moment, each caller answered after its commit.

Invariants: `hand_in` returns only when its receipt is committed, and raises what the transaction raised. A crash
loses no receipt that was answered; the carrier sends the others again.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from yesfirst.store.receipts import NewReceipt

Record = Callable[[Sequence[NewReceipt]], Awaitable[None]]
"""Commits receipts; called from several tasks at once."""


@dataclass(slots=True)
class _Group:
    receipts: list[NewReceipt] = field(default_factory=list)
    full: asyncio.Event = field(default_factory=asyncio.Event)
    recorded: asyncio.Task[None] = field(init=False)


class ReceiptDesk:
    """Collects receipts for `seconds` after the first of a group, or until there are `most`."""

    def __init__(self, record: Record, seconds: float = 0.02, most: int = 200) -> None:
        self._record = record
        self._seconds = seconds
        self._most = most
        self._open: _Group | None = None

    async def hand_in(self, receipt: NewReceipt) -> None:
        group = self._open
        if group is None:
            group = self._open = _Group()
            group.recorded = asyncio.create_task(self._close(group))
        group.receipts.append(receipt)
        if len(group.receipts) >= self._most:
            self._open = None
            group.full.set()
        # One caller who gives up must not undo the others.
        await asyncio.shield(group.recorded)

    async def _close(self, group: _Group) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(group.full.wait(), self._seconds)
        if self._open is group:
            self._open = None
        await self._record(group.receipts)
