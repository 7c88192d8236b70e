"""Who may call the webhooks: Twilio, by X-Twilio-Signature over the address as Twilio saw it and the whole form.

Source: https://www.twilio.com/docs/usage/security#validating-requests. Invariant: handlers get a form only from
the guard that has checked it. Forms without a single reading (a repeated name, broken UTF-8) are refused: Twilio
sends none. The framework's own form parser isn't used, since it keeps what it has parsed.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl

from litestar import Request
from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler

from yesfirst.carriers import twilio
from yesfirst.web.problems import problem

MOST_BYTES = 64 * 1024
AnyRequest = Request[Any, Any, Any]
_HEADER = "x-twilio-signature"
_MOST_FIELDS = 200


class BadForm(ValueError):
    """A body that is not one form with one reading; the message never quotes it."""


@dataclass(frozen=True, slots=True)
class Form:
    """The fields of a form whose signature holds."""

    fields: Mapping[str, str] = field(repr=False)

    def required(self, name: str) -> str:
        """The value of a field; a 400 problem that names the field if it is absent or empty."""
        value = self.fields.get(name)
        if not value:
            raise problem(HTTPStatus.BAD_REQUEST, "FORM_INVALID", f"The form has no {name}.")
        return value

    def optional(self, name: str) -> str | None:
        """The value of a field; Twilio sends what it doesn't know as an empty one."""
        return self.fields.get(name) or None


class TwilioGuard:
    """Lets a request pass whose signature holds; without a token or a public address nobody passes.

    `public_url` is the address under which Twilio reaches us, whatever proxies are in between, without a
    slash at its end.
    """

    def __init__(self, token: str | None, public_url: str | None) -> None:
        self._token = token
        self._public_url = public_url

    async def __call__(self, connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler) -> None:
        if not isinstance(connection, Request):
            raise TypeError("webhooks are requests")
        body = await connection.body()
        try:
            fields = parse_form(body)
        except BadForm:
            raise problem(HTTPStatus.BAD_REQUEST, "FORM_INVALID", "The body is not a form.") from None
        signature = connection.headers.get(_HEADER, "")
        if not self._is_signed(_target(connection), fields, signature):
            detail = "X-Twilio-Signature is missing or doesn't hold for this address and form."
            raise problem(HTTPStatus.FORBIDDEN, "SIGNATURE_INVALID", detail)
        connection.state.form = Form(fields)

    def _is_signed(self, target: str, fields: Mapping[str, str], signature: str) -> bool:
        if not self._token or not self._public_url or not signature:
            return False
        return twilio.is_signed(self._token, self._public_url + target, fields, signature)


def checked_form(request: AnyRequest) -> Form:
    """The form that the guard has let pass; a fault on a route without the guard."""
    form = request.state.form
    if not isinstance(form, Form):
        raise TypeError("no guard has checked this form")
    return form


def parse_form(body: bytes) -> dict[str, str]:
    """The fields of an application/x-www-form-urlencoded body; BadForm if it has no single reading."""
    try:
        pairs = parse_qsl(
            body.decode("ascii"),
            keep_blank_values=True,
            strict_parsing=bool(body),
            errors="strict",
            max_num_fields=_MOST_FIELDS,
        )
    except ValueError:
        raise BadForm("not an URL-encoded form in UTF-8") from None
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise BadForm("a form that repeats a name")
    return fields


def _target(request: AnyRequest) -> str:
    """Path and query as they came over the wire: the signature is over the bytes, not over their meaning."""
    path = request.scope["raw_path"].decode("ascii")
    query = request.scope["query_string"].decode("ascii")
    return f"{path}?{query}" if query else path
