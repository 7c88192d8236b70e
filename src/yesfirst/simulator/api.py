"""Twilio's Messages API, `/2010-04-01/Accounts/{account}/Messages…`, and the numbers of a messaging service.

Twilio answers `/v1/Services…` at messaging.twilio.com, the simulator at its one address.
"""

import asyncio
import hmac
import time
from base64 import b64encode
from collections.abc import Callable, Mapping
from urllib.parse import parse_qsl

import msgspec
from aiohttp import web

from . import listing
from .carrier import Answer, Carrier
from .config import Config
from .messages import API_VERSION
from .refusals import Refusal, refuse

_LIST = f"/{API_VERSION}/Accounts/{{account}}/Messages.json"
_ONE = f"/{API_VERSION}/Accounts/{{account}}/Messages/{{sid}}.json"
_POOL = "/v1/Services/{service}"


class Api:
    """The routes of one account with one token."""

    def __init__(self, config: Config, carrier: Carrier) -> None:
        self._account = config.account_sid
        credentials = f"{config.account_sid}:{config.auth_token}".encode()
        self._authorization = b"Basic " + b64encode(credentials)
        self._carrier = carrier

    def routes(self) -> list[web.RouteDef]:
        """List the routes."""
        return [
            web.post(_LIST, self.create),
            web.get(_LIST, self.list, allow_head=False),
            web.get(_ONE, self.fetch, allow_head=False),
            web.get(f"{_POOL}/PhoneNumbers", self.phone_numbers, allow_head=False),
            web.get(f"{_POOL}/ShortCodes", self.short_codes, allow_head=False),
            web.route("*", f"/{API_VERSION}/{{rest:.*}}", self.unknown),
        ]

    async def create(self, request: web.Request) -> web.Response:
        """Take a message."""
        arrived = time.time()
        form = _form(await request.read())
        try:
            answer = self._carrier.create(form, arrived, authorized=self._authorized(request))
        except OSError:
            return _refused(refuse(20500, "The simulator cannot write its journal: is the disk full?"))
        if answer.delay:
            await asyncio.sleep(answer.delay)
        return _respond(request, answer)

    async def list(self, request: web.Request) -> web.Response:
        """List messages, newest first."""
        if not self._authorized(request):
            return _refused(refuse(20003))
        query: Mapping[str, str] = dict(request.query)
        try:
            asked = listing.parse(query)
            page, more = self._carrier.messages.page(asked.wanted, asked.size, asked.after)
        except listing.BadQuery as error:
            return _refused(refuse(20001, str(error)))
        except KeyError:
            return _refused(refuse(20001, "The parameter PageToken is unknown."))
        return _json(listing.render(request.path, query, asked, page, more))

    async def fetch(self, request: web.Request) -> web.Response:
        """Fetch one message."""
        if not self._authorized(request):
            return _refused(refuse(20003))
        message = self._carrier.messages.find(request.match_info["sid"])
        return _refused(refuse(20404)) if message is None else _json(message.resource())

    async def phone_numbers(self, request: web.Request) -> web.Response:
        """List the numbers of a messaging service."""
        return self._pool(request, "phone_numbers", "phone_number", lambda number: number.startswith("+"))

    async def short_codes(self, request: web.Request) -> web.Response:
        """List the short codes of a messaging service."""
        return self._pool(request, "short_codes", "short_code", str.isdecimal)

    async def unknown(self, request: web.Request) -> web.Response:
        """Answer for what this carrier does not have."""
        return _refused(refuse(20404))

    def _pool(
        self, request: web.Request, key: str, name: str, belongs: Callable[[str], bool]
    ) -> web.Response:
        """Answer all of a service's pool that belongs here, on one page."""
        if not self._knows(request):
            return _refused(refuse(20003))
        service = request.match_info["service"]
        pool = self._carrier.senders.pool_of(service)
        if pool is None:
            return _refused(refuse(20404))
        found = [{name: number, "service_sid": service} for number in pool if belongs(number)]
        return _json({key: found, "meta": {"key": key, "next_page_url": None}})

    def _authorized(self, request: web.Request) -> bool:
        return request.match_info["account"] == self._account and self._knows(request)

    def _knows(self, request: web.Request) -> bool:
        given = request.headers.get("Authorization", "").encode()
        return hmac.compare_digest(given, self._authorization)


def _form(body: bytes) -> dict[str, str]:
    return dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))


def _respond(request: web.Request, answer: Answer) -> web.Response:
    if answer.status is None:
        if request.transport is not None:
            request.transport.abort()
        return web.Response()
    return web.Response(
        status=answer.status, body=answer.body, headers=answer.headers, content_type="application/json"
    )


def _refused(refusal: Refusal) -> web.Response:
    return web.Response(
        status=refusal.status, body=refusal.body(), headers=refusal.headers(), content_type="application/json"
    )


def _json(value: object) -> web.Response:
    return web.Response(body=msgspec.json.encode(value), content_type="application/json")
