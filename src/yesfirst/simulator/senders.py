"""From whom a message goes: numbers, short codes, alphanumeric names, and messaging services.

If senders are declared, only those exist, as in a Twilio account. Without any, every well-formed sender is
taken, and a messaging service sends from a number made up from its sid.
"""

import re
from dataclasses import dataclass
from hashlib import sha256

from .refusals import Refusal, refuse

E164 = re.compile(r"\+[1-9]\d{6,14}")
SERVICE = re.compile(r"MG[0-9a-fA-F]{32}")
_SHORT_CODE = re.compile(r"\d{3,8}")
_NAME = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9 ]{1,11}")


@dataclass(frozen=True, slots=True, repr=False)
class Sender:
    """A number, short code or name, and the messaging service it belongs to, if any."""

    number: str
    service: str | None = None


class Senders:
    """The senders of the account."""

    def __init__(self, declared: tuple[Sender, ...] = ()) -> None:
        self._numbers = {sender.number: sender for sender in declared}
        self._services = {sender.service: sender for sender in reversed(declared) if sender.service}

    def choose(self, number: str | None, service: str | None) -> Sender | Refusal:
        """Say who sends a message that names a number, a service or both, or why nobody can."""
        if service:
            if not SERVICE.fullmatch(service) or (self._numbers and service not in self._services):
                return refuse(21701)
            return Sender(number or self.of_service(service), service)
        if not number:
            return refuse(21603)
        if not _well_formed(number):
            return refuse(21212)
        if self._numbers and number not in self._numbers:
            return refuse(21606)
        return Sender(number, None)

    def of_service(self, service: str) -> str:
        """Name the number a messaging service sends from: its first one, or one made up from its sid."""
        known = self._services.get(service)
        return (
            known.number if known else f"+1500555{int(sha256(service.encode()).hexdigest(), 16) % 10000:04}"
        )

    def pool_of(self, service: str) -> list[str] | None:
        """List the numbers and codes of a messaging service; None if there is no such service."""
        if not SERVICE.fullmatch(service) or (self._numbers and service not in self._services):
            return None
        declared = [sender.number for sender in self._numbers.values() if sender.service == service]
        return declared or [self.of_service(service)]

    def service_of(self, number: str) -> str | None:
        """Name the messaging service a number was declared for."""
        known = self._numbers.get(number)
        return known.service if known else None


def parse_sender(text: str) -> Sender:
    """Read `NUMBER` or `MG…=NUMBER`; ValueError says what is wrong."""
    service, equals, number = text.rpartition("=")
    if equals and not SERVICE.fullmatch(service):
        raise ValueError("a messaging service is MG and 32 hexadecimal digits: write MG…=NUMBER")
    if not _well_formed(number):
        raise ValueError(
            "a sender is a number such as +15005550006, a short code, or a name of 11 characters"
        )
    return Sender(number, service or None)


def _well_formed(number: str) -> bool:
    return any(form.fullmatch(number) for form in (E164, _SHORT_CODE, _NAME))
