"""What the carrier does with a request to send: the order of its checks, and its memory of who opted out.

A create is written to the journal before it is accepted, and accepted before it is answered, so a client
that hangs up early is texted all the same, as with any carrier.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field

import msgspec

from .callbacks import Callbacks
from .config import Config
from .faults import Dice, Fault
from .journal import Create, Journal, body_hash
from .messages import Direction, Message, Messages, Status, new_sid
from .refusals import Refusal, refuse
from .senders import E164, Sender, Senders
from .webhooks import RefusedHost, Webhooks

_LONGEST_BODY = 1600
_LONGEST_VALIDITY = 36_000  # seconds


@dataclass(frozen=True, slots=True, repr=False)
class Answer:
    """How to answer a create: after `delay` seconds, or by closing the connection if status is None."""

    status: int | None
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    delay: float = 0


class Allowance:
    """A bucket of creates that fills at a rate, up to one second's worth."""

    def __init__(self) -> None:
        self._left = 0.0
        self._at = float("-inf")

    def take(self, rate: float, now: float) -> bool:
        """Take one if there is one; `now` in seconds of a clock that never goes back."""
        self._left = min(max(rate, 1.0), self._left + (now - self._at) * rate)
        self._at = now
        if self._left < 1:
            return False
        self._left -= 1
        return True


class Carrier:
    """One account with its messages."""

    def __init__(
        self, config: Config, journal: Journal, dice: Dice, callbacks: Callbacks, webhooks: Webhooks
    ) -> None:
        self.senders = Senders(config.senders)
        self.messages = Messages()
        self._config = config
        self._journal = journal
        self._dice = dice
        self._callbacks = callbacks
        self._webhooks = webhooks
        self._allowance = Allowance()
        self._opted_out: set[tuple[str, str]] = set()

    def create(self, form: Mapping[str, str], arrived: float, *, authorized: bool) -> Answer:
        """Take or refuse a message; `arrived` in epoch seconds. OSError: not journaled, so not taken."""
        fault = self._dice.fault() if authorized else Fault.NONE
        refusal = self._turn_away(fault) if authorized else refuse(20003)
        if refusal is None and fault is not Fault.LOST:
            sender = self._check(form)
            if isinstance(sender, Sender):
                return self._accept(form, sender, arrived, answered=fault is not Fault.DROPPED)
            refusal = sender
        self._note(
            form, arrived, None, refusal.status if refusal else None, refusal.code if refusal else None
        )
        if refusal is None:
            return Answer(None)
        return Answer(refusal.status, refusal.body(), refusal.headers(), self._dice.latency())

    def opt_out(self, number: str, sender: str) -> None:
        """Remember a STOP, if the account blocks opted-out numbers."""
        if self._config.block_opted_out:
            self._opted_out.add((number, sender))

    def opt_in(self, number: str, sender: str) -> None:
        """Forget a STOP."""
        self._opted_out.discard((number, sender))

    def has_opted_out(self, number: str, sender: str) -> bool:
        """Say whether messages from a sender to a number are blocked."""
        return (number, sender) in self._opted_out

    def _turn_away(self, fault: Fault) -> Refusal | None:
        rate = self._dice.faults.rate
        if fault is Fault.THROTTLED or (
            rate is not None and not self._allowance.take(rate, time.monotonic())
        ):
            return refuse(20429)
        return refuse(20500) if fault is Fault.SERVER_ERROR else None

    def _check(self, form: Mapping[str, str]) -> Sender | Refusal:
        to, body = form.get("To", ""), form.get("Body", "")
        if not to:
            return refuse(21604)
        if to.startswith(" "):
            return refuse(21211, "The 'To' number begins with a space: in a form, write + as %2B.")
        if not E164.fullmatch(to):
            return refuse(21211)
        sender = self.senders.choose(form.get("From"), form.get("MessagingServiceSid"))
        if isinstance(sender, Refusal):
            return sender
        if not body:
            return refuse(21602)
        if len(body) > _LONGEST_BODY:
            return refuse(21617)
        try:
            if form.get("StatusCallback"):
                self._webhooks.check(form["StatusCallback"])
        except RefusedHost as error:
            return refuse(21609, f"The 'StatusCallback' URL is refused: {error}.")
        validity = form.get("ValidityPeriod", "1")
        if not (validity.isascii() and validity.isdigit() and 1 <= int(validity) <= _LONGEST_VALIDITY):
            return refuse(20001, f"ValidityPeriod must be a number of seconds from 1 to {_LONGEST_VALIDITY}.")
        # From a number, a block is answered at once; a messaging service accepts, and fails the message.
        if sender.service is None and self.has_opted_out(to, sender.number):
            return refuse(21610)
        return sender

    def _accept(self, form: Mapping[str, str], sender: Sender, arrived: float, *, answered: bool) -> Answer:
        message = Message(
            sid=new_sid(),
            account=self._config.account_sid,
            to=form["To"],
            from_=sender.number,
            service=sender.service,
            body=form["Body"],
            direction=Direction.API,
            status=Status.QUEUED if sender.service is None else Status.ACCEPTED,
            created=arrived,
            updated=arrived,
        )
        self._note(form, arrived, message, 201 if answered else None, None)
        self.messages.add(message)
        resource = msgspec.json.encode(message.resource())
        self._callbacks.follow(
            message,
            form.get("StatusCallback") or None,
            validity=float(form.get("ValidityPeriod", _LONGEST_VALIDITY)),
            failure=21610 if self.has_opted_out(message.to, message.from_) else None,
        )
        delay = self._dice.latency()
        return Answer(201, resource, delay=delay) if answered else Answer(None, delay=delay)

    def _note(
        self,
        form: Mapping[str, str],
        arrived: float,
        message: Message | None,
        answer: int | None,
        code: int | None,
    ) -> None:
        self._journal.write(
            Create(
                at=arrived,
                to=form.get("To", ""),
                from_=message.from_ if message else form.get("From"),
                messaging_service_sid=form.get("MessagingServiceSid"),
                body_sha256=body_hash(form.get("Body", "")),
                sid=message.sid if message else None,
                answer=answer,
                code=code,
            )
        )
