"""Twilio: its code table, the call that hands a message over, its own list of messages, its signatures.

Source: Twilio's REST API 2010-04-01, Message resource. One attempt per call, no retries: a second try could
text a person twice. The SDK's own transport is not used, since its log would show numbers. The carrier's list
is asked by number in the query, which Twilio offers no other way for: to the party that has the number, over TLS.

The list of what people texted is asked by the numbers that they text, so that it holds none of our own texts; those of
a messaging service are asked of the service, since Twilio doesn't promise that a listed text names it. Known gap: what
was sent through another app (`whatsapp:`) is not asked for.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import aiohttp
from twilio.base.exceptions import TwilioException, TwilioRestException
from twilio.http.response import Response
from twilio.request_validator import RequestValidator
from twilio.rest import Client

from yesfirst.carriers.handover import Accepted, Answer, Listed, NotHandedOver, Rejected, Texted, Unknown

# Codes that speak of our account or our rate, not of this person: the hand-over did not happen.
_SLOW_DOWN = {20429, 30001, 63018}
# https://www.twilio.com/docs/api/errors/21610: the person has opted out of the number or of its messaging service.
OPTED_OUT = frozenset({21610})
"""Codes, of a refusal or of a status, by which the carrier says that the person is on its own list of opt-outs."""
# None does: 30003 is a handset that is off, 30005 a number that is unknown or out of service, 30006 a landline or a
# network out of reach (https://www.twilio.com/docs/api/errors). A number that is out of service may come to somebody
# else, and hasn't yet. What Twilio knows of it is asked of Lookup, and comes in as a file.
REASSIGNED: frozenset[int] = frozenset()
"""Codes that prove that a number is somebody else's now."""
_PAGE_SIZE = 1000
_CONNECT_SECONDS = 3.0
ANSWER_SECONDS = 5.0
"""After how long without an answer a hand-over counts as unknown; an answer takes the carrier 0.1 to 1 s."""
# Until when the first byte may be written, on the monotonic clock: the SDK has no way to hand it through.
_latest: ContextVar[float] = ContextVar("latest", default=float("inf"))


@dataclass(frozen=True, slots=True)
class Account:
    """Where and as whom to call; `status_callback` gets the message id appended."""

    sid: str
    token: str
    api_base: str
    public_url: str

    def __repr__(self) -> str:
        return f"Account(api_base={self.api_base!r})"


class Twilio:
    """One account over kept-alive connections; use as an async context manager."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self._http = _Http(account.api_base)
        self._client = Client(account.sid, account.token, http_client=self._http)

    async def __aenter__(self) -> "Twilio":
        self._http.open()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._http.close()

    async def send(self, *, message: str, to: str, body: str, sender: str, seconds: float) -> Answer:
        """Hands one message over.

        `message` is our id, which the receipts bring back; `sender` a messaging service (MG…) or a number;
        `seconds` is within what time the first byte must be written, or nothing is, and how long the carrier
        may keep trying (its validity period, at least 1).
        """
        latest = _latest.set(monotonic() + seconds)
        origin = {"messaging_service_sid": sender} if sender.startswith("MG") else {"from_": sender}
        try:
            answer = await self._client.messages.create_async(
                to=to,
                body=body,
                status_callback=f"{self._account.public_url}/webhooks/twilio/status?message={message}",
                validity_period=max(1, int(seconds)),
                **origin,
            )
        except TwilioRestException as refusal:
            return _refused(refusal)
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError):
            return NotHandedOver("CARRIER_UNREACHABLE", retry_after=1.0)
        except (aiohttp.ClientError, TimeoutError):
            return Unknown(None)
        finally:
            _latest.reset(latest)
        return Accepted(str(answer.sid))

    async def knows_us(self) -> bool:
        """Whether the carrier accepts the account and its token; ConnectionError if out of reach.

        Asked by listing one message: reading the account itself is more than a restricted key may do.
        """
        try:
            await self._client.messages.list_async(limit=1, page_size=1)
        except TwilioException as refusal:
            if _status(refusal) in (401, 403):
                return False
            raise ConnectionError("the carrier could not check the account") from None
        except (aiohttp.ClientError, TimeoutError):
            raise ConnectionError("the carrier could not be reached") from None
        return True

    async def listed(self, *, to: str, since: datetime, until: datetime) -> list[Listed]:
        """The carrier's list of what it got for a number in an interval; ConnectionError if out of reach."""
        try:
            found = await self._client.messages.list_async(
                to=to,
                date_sent_after=since - timedelta(days=1),
                date_sent_before=until + timedelta(days=1),
                limit=200,
            )
        except (TwilioException, aiohttp.ClientError, TimeoutError):
            raise ConnectionError("the carrier's list of messages could not be read") from None
        rows = [
            Listed(one.sid, one.body or "", one.status, one.error_code, one.date_created) for one in found
        ]
        return [row for row in rows if since <= row.at <= until]

    async def numbers_of(self, service: str) -> list[str]:
        """The numbers and short codes of a messaging service; ConnectionError if out of reach."""
        pool = self._client.messaging.v1.services(service)
        with _reading("the numbers of a messaging service"):
            phones = await pool.phone_numbers.list_async(page_size=_PAGE_SIZE)
            codes = await pool.short_codes.list_async(page_size=_PAGE_SIZE)
        return [*(one.phone_number for one in phones), *(one.short_code for one in codes)]

    async def texted(self, *, to: str, since: datetime) -> list[Texted]:
        """What people have texted to a number since then, in no order; ConnectionError if out of reach.

        All pages are read. Twilio documents whole days for `DateSent` and takes times: whichever it is, nothing
        since then is left out.
        """
        with _reading("the list of what people texted"):
            found = await self._client.messages.list_async(to=to, date_sent_after=since, page_size=_PAGE_SIZE)
        return [
            Texted(one.sid, one.from_, one.to, one.body or "", one.date_created)
            for one in found
            if one.direction == "inbound" and one.date_created >= since
        ]


@contextmanager
def _reading(what: str) -> Iterator[None]:
    try:
        yield
    except (TwilioException, aiohttp.ClientError, TimeoutError, ValueError):
        raise ConnectionError(f"{what} could not be read") from None


def _status(refusal: TwilioException) -> int | None:
    """The HTTP status of a refused list, which the SDK only hands on as an argument of the exception."""
    answers = [each for each in refusal.args if isinstance(each, Response)]
    return answers[0].status_code if answers else None


def _refused(refusal: TwilioRestException) -> Answer:
    if refusal.status == 429 or refusal.code in _SLOW_DOWN:
        return NotHandedOver("CARRIER_BUSY", retry_after=1.0)
    if refusal.status >= 500:
        return Unknown(refusal.code)
    return Rejected(refusal.code)


def is_signed(token: str, url: str, form: Mapping[str, str], signature: str) -> bool:
    """Whether X-Twilio-Signature holds for the address as Twilio saw it and the posted form."""
    return bool(RequestValidator(token).validate(url, dict(form), signature))


def address_of(api_base: str, url: str) -> str:
    """Where to ask what the SDK would ask at `url`: Twilio has a host for each API, a simulator one for all."""
    base, there = urlsplit(api_base), urlsplit(url)
    host = base.netloc
    if host.startswith("api.") and host.endswith(".twilio.com"):
        host = there.netloc.partition(".")[0] + host.removeprefix("api")
    return urlunsplit((base.scheme, host, base.path.rstrip("/") + there.path, there.query, ""))


def _authorization(auth: tuple[str, str] | None) -> dict[str, str]:
    return {"Authorization": aiohttp.encode_basic_auth(*auth)} if auth else {}


class _Http:
    """The SDK's transport, pointed at `api_base`: no retries, and no log of numbers and texts."""

    is_async = True

    def __init__(self, api_base: str) -> None:
        self._base = api_base
        self._session: aiohttp.ClientSession | None = None

    def open(self) -> None:
        # As many connections as calls under way: waiting for a free one would be time in which a consent may end.
        self._session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0))

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()

    async def request(
        self,
        method: str,
        url: str,
        params: Mapping[str, Any] | None = None,
        data: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        timeout: float | None = None,  # noqa: ASYNC109  # the SDK's signature
        allow_redirects: bool = False,
    ) -> Response:
        if self._session is None:
            raise RuntimeError("Twilio is used outside its context manager")
        # Once connected, the first byte is written at once; not to be connected in time means nothing was written.
        connect = max(0.001, min(_CONNECT_SECONDS, _latest.get() - monotonic()))
        async with self._session.request(
            method,
            address_of(self._base, url),
            params=params,
            data=data,
            headers={**(headers or {}), **_authorization(auth)},
            timeout=aiohttp.ClientTimeout(total=ANSWER_SECONDS, connect=connect),
            allow_redirects=allow_redirects,
        ) as response:
            return Response(response.status, await response.text(), response.headers)
