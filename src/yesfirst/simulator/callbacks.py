"""The life of a message after it was accepted, and the status callbacks that tell of it.

`sent` after a third of the delivery time, then the final status. A callback that is not answered 2xx comes
again a few times, each after twice the pause. What is pending when the simulator ends is not sent.
"""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import uuid4

from .faults import Dice
from .messages import API_VERSION, Message, Status
from .webhooks import Webhooks

_FIRST_PAUSE = 0.5  # seconds
_COPY_PAUSE = 0.01


@dataclass(slots=True, repr=False)
class _Callback:
    url: str
    form: Mapping[str, str]
    event: str
    attempts: int = 0


class Callbacks:
    """Moves messages on and reports it; `run` must be running for anything to leave."""

    def __init__(self, webhooks: Webhooks, dice: Dice, workers: int, attempts: int) -> None:
        self._webhooks = webhooks
        self._dice = dice
        self._workers = workers
        self._attempts = attempts
        self._due: asyncio.Queue[_Callback] = asyncio.Queue()
        self.pending = 0
        self.acknowledged = 0
        self.abandoned = 0

    def follow(self, message: Message, url: str | None, *, validity: float, failure: int | None) -> None:
        """Let a message go its way: delivered, or failed by the code given or thrown.

        A delivery that takes longer than `validity` seconds ends as 30036.
        """
        delay = self._dice.delivery()
        if failure is not None:
            self._later(delay / 3, message, url, Status.FAILED, failure)
            return
        error = self._dice.failure()
        end, final = delay, Status.DELIVERED if error is None else Status.UNDELIVERED
        if delay > validity:
            end, final, error = validity, Status.FAILED, 30036
        told_late = url is not None and self._dice.reordered()
        self._later(end / 3, message, url, Status.SENT, None, told_after=end if told_late else 0)
        self._later(end, message, url, final, error)

    async def run(self) -> None:
        """Send what is due until cancelled."""
        async with asyncio.TaskGroup() as group:
            for _ in range(self._workers):
                group.create_task(self._work())

    def _later(
        self,
        delay: float,
        message: Message,
        url: str | None,
        status: Status,
        error: int | None,
        told_after: float = 0,
    ) -> None:
        copies = 0 if url is None else 2 if self._dice.duplicated() else 1
        self.pending += copies
        loop = asyncio.get_running_loop()

        def happen() -> None:
            message.move(status, time.time(), error)
            if url is not None:
                form, event = _status_form(message), str(uuid4())
                for copy in range(copies):
                    pause = told_after + _COPY_PAUSE * copy
                    loop.call_later(pause, self._due.put_nowait, _Callback(url, form, event))

        loop.call_later(delay, happen)

    async def _work(self) -> None:
        while True:
            callback = await self._due.get()
            callback.attempts += 1
            answer = await self._webhooks.post(callback.url, callback.form, callback.event)
            if not answer.ok and callback.attempts < self._attempts:
                pause = _FIRST_PAUSE * 2 ** (callback.attempts - 1)
                asyncio.get_running_loop().call_later(pause, self._due.put_nowait, callback)
                continue
            self.pending -= 1
            if answer.ok:
                self.acknowledged += 1
            else:
                self.abandoned += 1


def _status_form(message: Message) -> dict[str, str]:
    form = {
        "AccountSid": message.account,
        "ApiVersion": API_VERSION,
        "From": message.from_,
        "MessageSid": message.sid,
        "MessageStatus": message.status,
        "SmsSid": message.sid,
        "SmsStatus": message.status,
        "To": message.to,
    }
    if message.service is not None:
        form["MessagingServiceSid"] = message.service
    if message.error is not None:
        form["ErrorCode"] = str(message.error)
    return form
