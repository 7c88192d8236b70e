"""Checkpoints (C2SP tlog-checkpoint): the origin, size and root of a log, as the text of a signed note.

Invariant: the key that signs for a log bears the log's origin as its name; another log's key is foreign.
"""

import base64
from collections.abc import Sequence
from dataclasses import dataclass

from yesfirst.ledger.note import BadNote, KeyType, Note, Signer, Verifier, open_note, sign


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The state of a log; `root` has 32 bytes."""

    origin: str
    size: int
    root: bytes

    @property
    def body(self) -> str:
        """The note text: origin, size and base64 root, a line each."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode('ascii')}\n"


@dataclass(frozen=True, slots=True)
class OpenedCheckpoint:
    """A checkpoint with its verified signatures: the log's, and those of trusted witnesses."""

    checkpoint: Checkpoint
    note: Note

    @property
    def witnessed(self) -> bool:
        """Whether a trusted witness has cosigned it."""
        return any(each.by.type is KeyType.COSIGNATURE for each in self.note.signatures)


def parse_body(text: str) -> Checkpoint:
    """Read a checkpoint from a note text; BadNote if it has another form. Extension lines are refused."""
    lines = text.split("\n")
    if len(lines) != 4 or lines[3] or not lines[0]:
        raise BadNote("a checkpoint has three lines: origin, size, root")
    origin, size, encoded = lines[:3]
    if not (size.isascii() and size.isdecimal()) or str(int(size[:20])) != size:
        raise BadNote("a checkpoint's size is a decimal number without leading zeros")
    try:
        root = base64.b64decode(encoded, validate=True)
    except ValueError:
        root = b""
    checkpoint = Checkpoint(origin, int(size), root)
    if len(root) != 32 or checkpoint.body != text:
        raise BadNote("a checkpoint's root is the base64 of 32 bytes")
    return checkpoint


def sign_checkpoint(checkpoint: Checkpoint, signer: Signer) -> str:
    """Return the log's signed note; the signer must bear the origin as its name."""
    if signer.name != checkpoint.origin:
        raise BadNote(f"the key of {signer.name} can't sign for {checkpoint.origin}")
    return sign(checkpoint.body, signer)


def open_checkpoint(note: str, log: Verifier, witnesses: Sequence[Verifier] = ()) -> OpenedCheckpoint:
    """Verify a checkpoint note of one log; BadNote if the log itself has not signed it."""
    opened = open_note(note, [log, *witnesses])
    checkpoint = parse_body(opened.text)
    if checkpoint.origin != log.name or all(each.by != log for each in opened.signatures):
        raise BadNote(f"this is no checkpoint signed by {log.name}")
    return OpenedCheckpoint(checkpoint, opened)
