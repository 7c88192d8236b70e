"""People who text: signed inbound webhooks, the TwiML they are answered with, and STOPs at a pace.

Any number may text, also one that was never messaged. An attempt that meets no connection or a 5xx is
repeated with the same MessageSid, as Twilio can be configured to do.
"""

import asyncio
import time
from dataclasses import dataclass, replace
from uuid import uuid4
from xml.etree import ElementTree

from .carrier import Carrier
from .config import Config
from .journal import Inbound, Journal, Reply, body_hash
from .messages import API_VERSION, Direction, Message, Status, new_sid
from .segments import count_segments
from .webhooks import Answer, Webhooks

# https://help.twilio.com/articles/223134027 for the English words, and what people text elsewhere.
_KEYWORDS = {
    "stop": {"stop", "stopall", "unsubscribe", "cancel", "end", "quit", "revoke", "optout"}
    | {"t", "td", "n", "退订", "取消", "수신거부"},
    "start": {"start", "yes", "unstop"},
    "help": {"help", "info"},
}
_FIRST_PAUSE = 0.2  # seconds
_CONCURRENT = 64


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Text:
    """A message from a person; `meaning` is stop, start, help or None, and by default that of the words."""

    from_: str
    to: str
    body: str
    service: str | None = None
    meaning: str | None = None


@dataclass(frozen=True, slots=True, repr=False)
class Heard:
    """What became of a text: its sid, the last status, the attempts, and the texts it was replied with."""

    sid: str
    answer: Answer
    attempts: int
    replies: tuple[str, ...]


@dataclass(slots=True)
class StopCounts:
    """How far the STOPs have come that were asked for."""

    asked: int = 0
    acknowledged: int = 0
    failed: int = 0


class People:
    """Everybody who may text to the account's numbers."""

    def __init__(self, config: Config, journal: Journal, carrier: Carrier, webhooks: Webhooks) -> None:
        self.stops = StopCounts()
        self._config = config
        self._journal = journal
        self._carrier = carrier
        self._webhooks = webhooks
        self._slots = asyncio.Semaphore(_CONCURRENT)
        self._running: set[asyncio.Task[None]] = set()

    async def text(self, text: Text, url: str) -> Heard:
        """Send one message to the service and wait for its answer."""
        text = self._complete(text)
        sid, sent_at, event = new_sid(), time.time(), str(uuid4())
        message = _message(self._config.account_sid, sid, text, Direction.INBOUND, sent_at)
        self._carrier.messages.add(message)
        if text.meaning == "stop":
            self._carrier.opt_out(text.from_, text.to)
        elif text.meaning == "start":
            self._carrier.opt_in(text.from_, text.to)
        form = self._form(sid, text)
        for attempt in range(1, self._config.webhook_attempts + 1):
            answer = await self._webhooks.post(url, form, event)
            if answer.status is not None and answer.status < 500:
                break
            if attempt < self._config.webhook_attempts:
                await asyncio.sleep(_FIRST_PAUSE * 2 ** (attempt - 1))
        self._note(sid, text, sent_at, answer, attempt)
        bodies = _replies(answer.body) if answer.ok else ()
        for body in bodies:
            self._reply(text, sid, body)
        return Heard(sid, answer, attempt, bodies)

    def text_stops(self, texts: list[Text], per_second: float, url: str) -> None:
        """Begin to send STOPs, evenly spaced, without waiting for them."""
        self.stops.asked += len(texts)
        task = asyncio.create_task(
            self._pace([replace(text, meaning="stop") for text in texts], per_second, url)
        )
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def leave(self) -> None:
        """Stop texting, whatever is left."""
        for task in list(self._running):
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)

    async def _pace(self, texts: list[Text], per_second: float, url: str) -> None:
        clock = asyncio.get_running_loop()
        start = clock.time()
        async with asyncio.TaskGroup() as group:
            for place, text in enumerate(texts):
                await asyncio.sleep(start + place / per_second - clock.time())
                await self._slots.acquire()
                group.create_task(self._stop(text, url))

    async def _stop(self, text: Text, url: str) -> None:
        try:
            heard = await self.text(text, url)
        finally:
            self._slots.release()
        if heard.answer.ok:
            self.stops.acknowledged += 1
        else:
            self.stops.failed += 1

    def _complete(self, text: Text) -> Text:
        service = text.service or self._carrier.senders.service_of(text.to)
        to = text.to or (self._carrier.senders.of_service(service) if service else "")
        return replace(text, to=to, service=service, meaning=text.meaning or _meaning(text.body))

    def _form(self, sid: str, text: Text) -> dict[str, str]:
        form = {
            "AccountSid": self._config.account_sid,
            "ApiVersion": API_VERSION,
            "Body": text.body,
            "From": text.from_,
            # Twilio sends what it does not know as empty parameters, and signs them.
            "FromCity": "",
            "FromState": "",
            "FromZip": "",
            "MessageSid": sid,
            "NumMedia": "0",
            "NumSegments": str(count_segments(text.body)),
            "SmsMessageSid": sid,
            "SmsSid": sid,
            "SmsStatus": "received",
            "To": text.to,
        }
        if text.service is not None:
            form["MessagingServiceSid"] = text.service
        if self._config.advanced_opt_out and text.meaning is not None:
            form["OptOutType"] = text.meaning.upper()
        return form

    def _note(self, sid: str, text: Text, sent_at: float, answer: Answer, attempts: int) -> None:
        self._journal.write(
            Inbound(
                from_=text.from_,
                to=text.to,
                messaging_service_sid=text.service,
                body=text.body,
                meaning=text.meaning,
                sid=sid,
                sent_at=sent_at,
                answered_at=None if answer.status is None else answer.at,
                status=answer.status,
                attempts=attempts,
            )
        )

    def _reply(self, text: Text, sid: str, body: str) -> None:
        at = time.time()
        blocked = self._carrier.has_opted_out(text.from_, text.to)
        back = replace(text, from_=text.to, to=text.from_, body=body)
        message = _message(self._config.account_sid, new_sid(), back, Direction.REPLY, at)
        message.move(Status.SENT, at)
        message.move(Status.FAILED if blocked else Status.DELIVERED, at, 21610 if blocked else None)
        self._journal.write(
            Reply(
                at=at,
                to=back.to,
                from_=back.from_,
                body_sha256=body_hash(body),
                in_reply_to=sid,
                sid=message.sid,
                code=message.error,
            )
        )
        self._carrier.messages.add(message)


def _meaning(body: str) -> str | None:
    word = body.strip().casefold()
    return next((meaning for meaning, words in _KEYWORDS.items() if word in words), None)


def _message(account: str, sid: str, text: Text, direction: Direction, at: float) -> Message:
    return Message(
        sid=sid,
        account=account,
        to=text.to,
        from_=text.from_,
        service=text.service,
        body=text.body,
        direction=direction,
        status=Status.RECEIVED,
        created=at,
        updated=at,
        sent=at,
    )


def _replies(twiml: bytes) -> tuple[str, ...]:
    """Read the texts of `<Response><Message>`; an answer that is no TwiML replies nothing."""
    try:
        root = ElementTree.fromstring(twiml)
    except ElementTree.ParseError:
        return ()
    if root.tag != "Response":
        return ()
    texts = (
        "".join(message.findtext("Body") or message.text or "").strip() for message in root.iter("Message")
    )
    return tuple(text for text in texts if text)
