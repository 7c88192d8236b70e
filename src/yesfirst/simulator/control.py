"""The simulator's own routes, `/simulator/…`: JSON in, JSON out, no credentials.

POST inbound   {"from", "to"|"messaging_service_sid", "body", "opt_out_type"?, "url"?}: one text now
POST stops     {"numbers": […], "to"|"messaging_service_sid", "per_second"?, "words"?: […], "url"?}: begins
POST faults    any fields of Faults: changes them, answers all; {} changes nothing
GET  state     counts of messages by status, STOPs, callbacks
GET  testimony the journal added up

A wrong request is answered 400 with {"error"}. JSON is required by content type, which keeps web pages out.
"""

import asyncio
import json
from collections import Counter
from dataclasses import asdict
from http import HTTPStatus
from itertools import cycle
from typing import Annotated, Literal, TypeVar

import msgspec
from aiohttp import web

from .callbacks import Callbacks
from .carrier import Carrier
from .config import Config
from .faults import Dice, change
from .inbound import People, Text
from .messages import Direction
from .testimony import UnreadableJournal, read
from .webhooks import RefusedHost, Webhooks

Body = TypeVar("Body")
Number = Annotated[str, msgspec.Meta(pattern=r"^\+[1-9]\d{6,14}$")]


class InboundOrder(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename={"from_": "from"}
):
    """One text to send."""

    from_: Number
    to: str = ""
    body: str
    messaging_service_sid: str | None = None
    opt_out_type: Literal["STOP", "START", "HELP"] | None = None
    url: str | None = None


class StopsOrder(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """STOPs to send; the words take turns."""

    numbers: list[Number]
    to: str = ""
    messaging_service_sid: str | None = None
    per_second: Annotated[float, msgspec.Meta(gt=0)] = 10
    words: Annotated[tuple[str, ...], msgspec.Meta(min_length=1)] = ("STOP",)
    url: str | None = None


class Control:
    """The routes by which a test steers the simulator."""

    def __init__(
        self,
        config: Config,
        carrier: Carrier,
        people: People,
        callbacks: Callbacks,
        dice: Dice,
        webhooks: Webhooks,
    ) -> None:
        self._config = config
        self._carrier = carrier
        self._people = people
        self._callbacks = callbacks
        self._dice = dice
        self._webhooks = webhooks

    def routes(self) -> list[web.RouteDef]:
        """List the routes."""
        return [
            web.post("/simulator/inbound", self.inbound),
            web.post("/simulator/stops", self.stops),
            web.post("/simulator/faults", self.faults),
            web.get("/simulator/state", self.state),
            web.get("/simulator/testimony", self.testimony),
        ]

    async def inbound(self, request: web.Request) -> web.Response:
        """Text one message and answer when the service has."""
        order = await _read(request, InboundOrder)
        url = self._target(order.url, order.to, order.messaging_service_sid)
        text = Text(
            from_=order.from_,
            to=order.to,
            body=order.body,
            service=order.messaging_service_sid,
            meaning=order.opt_out_type.lower() if order.opt_out_type else None,
        )
        heard = await self._people.text(text, url)
        return _json(
            {
                "sid": heard.sid,
                "status": heard.answer.status,
                "attempts": heard.attempts,
                "answered_at": heard.answer.at if heard.answer.status is not None else None,
                "replies": heard.replies,
            }
        )

    async def stops(self, request: web.Request) -> web.Response:
        """Begin to text STOPs."""
        order = await _read(request, StopsOrder)
        url = self._target(order.url, order.to, order.messaging_service_sid)
        texts = [
            Text(from_=number, to=order.to, body=word, service=order.messaging_service_sid)
            for number, word in zip(order.numbers, cycle(order.words), strict=False)
        ]
        self._people.text_stops(texts, order.per_second, url)
        return _json(
            {"asked": len(texts), "seconds": len(texts) / order.per_second}, status=HTTPStatus.ACCEPTED
        )

    async def faults(self, request: web.Request) -> web.Response:
        """Change what goes wrong from now on."""
        _require_json(request)
        try:
            self._dice.faults = change(self._dice.faults, await request.read())
        except ValueError as error:
            raise _bad(str(error)) from None
        return _json(self._dice.faults)

    async def state(self, request: web.Request) -> web.Response:
        """Count what has happened so far."""
        created = [message for message in self._carrier.messages if message.direction is Direction.API]
        return _json(
            {
                "messages": len(created),
                "statuses": Counter(message.status.value for message in created),
                "stops": asdict(self._people.stops),
                "callbacks": {
                    "pending": self._callbacks.pending,
                    "acknowledged": self._callbacks.acknowledged,
                    "abandoned": self._callbacks.abandoned,
                },
                "faults": self._dice.faults,
            }
        )

    async def testimony(self, request: web.Request) -> web.Response:
        """Add up the journal, which may hold earlier runs too."""
        try:
            return _json(asdict(await asyncio.to_thread(read, self._config.journal)))
        except (UnreadableJournal, OSError) as error:
            raise _bad(str(error)) from None

    def _target(self, url: str | None, to: str, service: str | None) -> str:
        url = url or self._config.inbound_url
        if url is None:
            raise _bad("nobody to text to: give url, or start the simulator with --inbound-url")
        if not to and not service:
            raise _bad("give to (a number or short code) or messaging_service_sid")
        try:
            self._webhooks.check(url)
        except RefusedHost as error:
            raise _bad(f"url is refused: {error}") from None
        return url


async def _read(request: web.Request, kind: type[Body]) -> Body:
    _require_json(request)
    try:
        return msgspec.json.decode(await request.read(), type=kind)
    except msgspec.DecodeError as error:
        raise _bad(str(error)) from None


def _require_json(request: web.Request) -> None:
    if request.content_type != "application/json":
        raise _bad("send JSON, with Content-Type: application/json")


def _bad(error: str) -> web.HTTPBadRequest:
    return web.HTTPBadRequest(text=json.dumps({"error": error}), content_type="application/json")


def _json(value: object, status: int = HTTPStatus.OK) -> web.Response:
    return web.Response(status=status, body=msgspec.json.encode(value), content_type="application/json")
