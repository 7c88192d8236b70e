"""The sequencer: seals what waits, about five times a second."""

import asyncio
import logging

from yesfirst import tracing
from yesfirst.ledger.note import Signer
from yesfirst.store.engine import DatabaseError, Engine
from yesfirst.usecases.seal import MOST, Published, open_log, seal

SEAL_SECONDS = 0.2
_log = logging.getLogger("yesfirst.sequencer")


async def run(engine: Engine, signer: Signer, published: Published, stopping: asyncio.Event) -> None:
    """Seals until told to stop. Raises Refused when the log does not extend what was published."""
    await open_log(engine, signer.name)
    while not stopping.is_set():
        try:
            sealed = await _seal(engine, signer, published)
        except (DatabaseError, OSError) as problem:
            _log.warning("sealing put off: %s", type(problem).__name__)
            sealed = 0
        if sealed:
            _log.debug("sealed %d leaves", sealed)
        if sealed < MOST:
            await asyncio.sleep(SEAL_SECONDS)


async def _seal(engine: Engine, signer: Signer, published: Published) -> int:
    async with tracing.span("seal") as step:
        sealed = await seal(engine, signer, published)
        if sealed:
            step.note(leaves=sealed)
        else:
            step.forget()
    return sealed
