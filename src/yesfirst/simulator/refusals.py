"""Twilio's error bodies and codes, as its API answers them.

Source: https://www.twilio.com/docs/api/errors. A refusal repeats no phone number, whole or in part: Twilio
does in some messages, but clients decide by the code.
"""

from dataclasses import dataclass

import msgspec

_REFUSALS = {
    20001: (400, "A parameter is invalid."),
    20003: (401, "Authenticate"),
    20404: (404, "The requested resource was not found"),
    20429: (429, "Too Many Requests"),
    20500: (500, "An internal server error has occurred"),
    21211: (400, "The 'To' number is not a valid phone number."),
    21212: (400, "The 'From' number is not a valid phone number, short code, or alphanumeric sender ID."),
    21602: (400, "Message body is required."),
    21603: (400, "A 'From' phone number is required."),
    21604: (400, "A 'To' phone number is required."),
    21606: (
        400,
        "The From phone number is not a valid, SMS-capable inbound phone number or short code for "
        "your account.",
    ),
    21609: (400, "The 'StatusCallback' URL is not a valid URL."),
    21610: (400, "Attempt to send to unsubscribed recipient"),
    21617: (400, "The concatenated message body exceeds the 1600 character limit"),
    21701: (400, "The Messaging Service does not exist"),
}

FAILURES = {
    21610: "Attempt to send to unsubscribed recipient",
    30003: "Unreachable destination handset",
    30005: "Unknown destination handset",
    30007: "Message filtered",
    30036: "Validity Period Expired",
}
"""Codes that a message gets after it was accepted, with their `error_message`."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A request that the API does not carry out: HTTP status, Twilio's code and its message."""

    status: int
    code: int
    message: str

    def body(self) -> bytes:
        """Encode Twilio's JSON error body."""
        return msgspec.json.encode(
            {
                "code": self.code,
                "message": self.message,
                "more_info": f"https://www.twilio.com/docs/errors/{self.code}",
                "status": self.status,
            }
        )

    def headers(self) -> dict[str, str]:
        """Name the headers that go with the status."""
        if self.status == 401:
            return {"WWW-Authenticate": 'Basic realm="Twilio API"'}
        return {"Retry-After": "1"} if self.status == 429 else {}


def refuse(code: int, detail: str = "") -> Refusal:
    """Make the refusal for a code of the table; `detail` replaces Twilio's own message."""
    status, message = _REFUSALS[code]
    return Refusal(status, code, detail or message)
