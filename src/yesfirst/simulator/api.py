"""Twilio's Messages API: `/2010-04-01/Accounts/{account}/Messages…`."""

import asyncio
import hmac
import time
from base64 import b64encode
from collections.abc import Mapping
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

    async def unknown(self, request: web.Request) -> web.Response:
        """Answer for what this carrier does not have."""
        return _refused(refuse(20404))

    def _authorized(self, request: web.Request) -> bool:
        given = request.headers.get("Authorization", "").encode()
        return request.match_info["account"] == self._account and hmac.compare_digest(
            given, self._authorization
        )


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
