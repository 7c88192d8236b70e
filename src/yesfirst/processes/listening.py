"""The loop that reads the carrier's list of what people texted, when the web may have missed some of it."""

import asyncio
import logging
from time import monotonic

from yesfirst.carriers.twilio import Twilio
from yesfirst.store.hearing import WAIT_SECONDS
from yesfirst.usecases import hearing
from yesfirst.usecases.ground import Ground

LOOK_SECONDS = 1.0
_SAY_EVERY = 60.0
_log = logging.getLogger("yesfirst.hearing")


async def listen_for_ever(ground: Ground, carrier: Twilio, stopping: asyncio.Event) -> None:
    """Reads where there is need until told to stop; as long as that fails nobody is texted by what isn't known."""
    said = float("-inf")
    while not stopping.is_set():
        try:
            await hearing.catch_up(ground, carrier)
            said = float("-inf")
        except Exception as problem:  # whatever it is: nothing has moved on, and the next round tries again
            if monotonic() - said >= _SAY_EVERY:
                said = monotonic()
                unknown = None if isinstance(problem, OSError) else problem
                _log.warning(
                    "what people texted can't be read from the carrier's list (%s): with the web server down nobody is"
                    " texted after %d s",
                    type(problem).__name__,
                    WAIT_SECONDS,
                    exc_info=unknown,
                )
        await asyncio.sleep(LOOK_SECONDS)
