"""Group commit of receipts: who shares a transaction, who waits for it, and who learns that it failed."""

import asyncio
from collections.abc import Sequence

import pytest

from yesfirst.store.receipts import NewReceipt
from yesfirst.web.desk import ReceiptDesk


class Book:
    """Records groups, slowly if told so; the receipts named `torn` can't be recorded."""

    def __init__(self, seconds: float = 0.0) -> None:
        self.groups: list[list[int]] = []
        self._seconds = seconds

    async def record(self, receipts: Sequence[NewReceipt]) -> None:
        await asyncio.sleep(self._seconds)
        if any(receipt.carrier_id == "torn" for receipt in receipts):
            raise OSError("the page is torn")
        self.groups.append([receipt.message[0] for receipt in receipts])


def receipt(n: int, carrier_id: str = "SM") -> NewReceipt:
    return NewReceipt(bytes([n]), carrier_id, "delivered", 3, None)


async def test_receipts_that_arrive_within_a_moment_share_one_record() -> None:
    book = Book()
    desk = ReceiptDesk(book.record)
    await asyncio.gather(*(desk.hand_in(receipt(n)) for n in range(5)))
    assert book.groups == [[0, 1, 2, 3, 4]]


async def test_a_full_group_does_not_wait() -> None:
    book = Book()
    desk = ReceiptDesk(book.record, seconds=60, most=3)
    async with asyncio.timeout(5):
        await asyncio.gather(*(desk.hand_in(receipt(n)) for n in range(6)))
    assert book.groups == [[0, 1, 2], [3, 4, 5]]


async def test_nobody_is_answered_before_the_record() -> None:
    book = Book(seconds=0.2)
    desk = ReceiptDesk(book.record, seconds=0)
    call = asyncio.create_task(desk.hand_in(receipt(1)))
    await asyncio.sleep(0.1)
    assert not call.done()
    await call
    assert book.groups == [[1]]


async def test_a_late_receipt_joins_the_next_group_while_the_first_is_recorded() -> None:
    book = Book(seconds=0.1)
    desk = ReceiptDesk(book.record, seconds=0)
    first = asyncio.create_task(desk.hand_in(receipt(1)))
    await asyncio.sleep(0.05)
    await asyncio.gather(first, desk.hand_in(receipt(2)))
    assert book.groups == [[1], [2]]


async def test_a_failed_record_fails_all_who_shared_it_and_nobody_else() -> None:
    book = Book()
    desk = ReceiptDesk(book.record, seconds=60, most=2)
    calls = [desk.hand_in(receipt(n, "torn" if n == 0 else "SM")) for n in range(4)]
    results = await asyncio.gather(*calls, return_exceptions=True)
    assert [type(result) for result in results] == [OSError, OSError, type(None), type(None)]
    assert book.groups == [[2, 3]]


async def test_a_caller_who_gives_up_takes_nobody_along() -> None:
    book = Book(seconds=0.1)
    desk = ReceiptDesk(book.record, seconds=0)
    gone, patient = (asyncio.create_task(desk.hand_in(receipt(n))) for n in range(2))
    await asyncio.sleep(0.05)
    gone.cancel()
    await patient
    with pytest.raises(asyncio.CancelledError):
        await gone
    assert book.groups == [[0, 1]]
