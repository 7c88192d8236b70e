"""Find a run by the beginning of its id, as people type it."""

import base64
import re

from yesfirst.errors import Refused
from yesfirst.ledger.text import id_text
from yesfirst.store import runs
from yesfirst.usecases.ground import Ground

_LENGTH = 22
"""Characters of 16 bytes in base64url without padding."""
_SHORTEST = 6
_ID = re.compile(rf"[A-Za-z0-9_-]{{{_SHORTEST},{_LENGTH}}}")


async def find_run(ground: Ground, beginning: str) -> bytes:
    """The id of the one run whose id begins so; raises Refused (RUN_UNKNOWN, RUN_AMBIGUOUS)."""
    if not _ID.fullmatch(beginning):
        raise Refused(
            "RUN_UNKNOWN",
            f"A run's id has {_LENGTH} characters; its first {_SHORTEST} or more are enough.",
            "`yesfirst campaign runs` lists them.",
        )
    # What begins so lies between the beginning filled up with the first and with the last character.
    low, high = (_bytes(beginning.ljust(_LENGTH, filler)) for filler in "A_")
    async with ground.engine.connect() as connection:
        found = await runs.between(connection, low, high)
    if not found:
        raise Refused("RUN_UNKNOWN", f"There is no run {beginning}.", "`yesfirst campaign runs` lists them.")
    if len(found) > 1:
        listed = ", ".join(map(id_text, found))
        raise Refused("RUN_AMBIGUOUS", f"Several runs begin so: {listed}.", "Write more of the id.")
    return found[0]


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(f"{text}==")
