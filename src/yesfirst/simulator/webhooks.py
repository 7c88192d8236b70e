"""Requests to the service under test, signed as Twilio signs them.

They go to loopback hosts and to those named in advance, follow no redirect and use no proxy: a simulator
must not become a way to reach anybody else.
Signature: base64 of HMAC-SHA1, keyed with the auth token, over the address followed by each parameter's
name and value in order of the names (https://www.twilio.com/docs/usage/security#validating-requests).
"""

import hmac
import ipaddress
import time
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Self
from urllib.parse import urlencode, urlsplit

import aiohttp
from yarl import URL

_TIMEOUT = aiohttp.ClientTimeout(total=15)  # Twilio waits 15 s for a webhook


class RefusedHost(ValueError):
    """An address which the simulator does not call."""


@dataclass(frozen=True, slots=True, repr=False)
class Answer:
    """What a webhook answered: status None if there was no answer, `at` epoch seconds when it was read."""

    status: int | None
    at: float
    body: bytes = b""

    @property
    def ok(self) -> bool:
        """Say whether the status is 2xx."""
        return self.status is not None and 200 <= self.status < 300


class Webhooks:
    """An HTTP client with kept-alive connections, used as an async context manager."""

    def __init__(self, auth_token: str, hosts: frozenset[str], connections: int) -> None:
        self._key = auth_token.encode()
        self._hosts = hosts
        self._connections = connections

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=self._connections),
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=_TIMEOUT,
            auto_decompress=False,
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._session.close()

    def check(self, url: str) -> None:
        """Raise RefusedHost unless the address is http(s) on a loopback host or on one named in advance."""
        try:
            parts = urlsplit(url)
            host = parts.hostname or ""
        except ValueError:
            raise RefusedHost("not a URL") from None
        if parts.scheme not in ("http", "https") or not host:
            raise RefusedHost("not an http:// or https:// address")
        if not (host in self._hosts or _is_loopback(host)):
            raise RefusedHost("its host is not this machine: name it with --allow-callbacks-to to call it")

    async def post(self, url: str, form: Mapping[str, str], event: str) -> Answer:
        """Post a signed form; `event` is the same for all attempts at one event."""
        headers = {
            "Content-Type": "application/x-www-form-urlencoded; charset=UTF-8",
            "X-Twilio-Signature": sign(self._key, url, form),
            "I-Twilio-Idempotency-Token": event,
            "User-Agent": "TwilioProxy/1.1",
        }
        try:
            async with self._session.post(
                URL(url, encoded=True), data=urlencode(form).encode(), headers=headers, allow_redirects=False
            ) as response:
                at = time.time()
                return Answer(response.status, at, await response.read())
        except (aiohttp.ClientError, OSError):  # a time-out is both
            return Answer(None, time.time())


def sign(key: bytes, url: str, form: Mapping[str, str]) -> str:
    """Compute X-Twilio-Signature."""
    signed = url + "".join(name + form[name] for name in sorted(form))
    return b64encode(hmac.digest(key, signed.encode(), "sha1")).decode()


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
