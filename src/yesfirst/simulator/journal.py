"""What the carrier saw, one JSON object a line, so that it can testify about the service it served.

A line is written before its request is answered, by one unbuffered write: it survives the kill of any
process, not a power cut. Numbers stand in it in full, which is its purpose; it is made for synthetic ones,
and real ones have no business in it. A body appears as its SHA-256 (hex of UTF-8), save the words people
text in. Times are epoch seconds.

create   at to from messaging_service_sid body_sha256 sid|null answer|null code|null
         `sid` is set exactly if the message was accepted; `answer` null = connection closed without one
inbound  from to messaging_service_sid body meaning|null sid sent_at answered_at|null status|null attempts
reply    at to from body_sha256 in_reply_to sid code|null       (TwiML in the answer to an inbound message)
"""

from hashlib import sha256
from pathlib import Path

import msgspec


class Create(
    msgspec.Struct, frozen=True, kw_only=True, tag="create", tag_field="kind", rename={"from_": "from"}
):
    """A request to send a message, whatever came of it."""

    at: float
    to: str
    from_: str | None
    messaging_service_sid: str | None
    body_sha256: str
    sid: str | None
    answer: int | None
    code: int | None


class Inbound(
    msgspec.Struct, frozen=True, kw_only=True, tag="inbound", tag_field="kind", rename={"from_": "from"}
):
    """A message a person texted, and when the service had answered for it."""

    from_: str
    to: str
    messaging_service_sid: str | None
    body: str
    meaning: str | None
    sid: str
    sent_at: float
    answered_at: float | None
    status: int | None
    attempts: int


class Reply(
    msgspec.Struct, frozen=True, kw_only=True, tag="reply", tag_field="kind", rename={"from_": "from"}
):
    """A message the service sent by TwiML, in its answer to an inbound one."""

    at: float
    to: str
    from_: str
    body_sha256: str
    in_reply_to: str
    sid: str
    code: int | None


class Journal:
    """An append-only file; several runs may follow each other in one."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = path.open("a+b", buffering=0)
        self._encoder = msgspec.json.Encoder()
        # A line torn by a full disk must not swallow the next one.
        if self._file.seek(0, 2) and (self._file.seek(-1, 2), self._file.read(1))[1] != b"\n":
            self._file.write(b"\n")

    def write(self, entry: Create | Inbound | Reply) -> None:
        """Append one line; OSError means that nothing may be promised to the client."""
        line = self._encoder.encode(entry) + b"\n"
        if self._file.write(line) != len(line):
            raise OSError(f"the journal {self.path} could not be written: is the disk full?")

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def body_hash(body: str) -> str:
    """Hash a text as the journal does."""
    return sha256(body.encode()).hexdigest()
