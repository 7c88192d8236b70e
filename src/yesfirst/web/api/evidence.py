"""The evidence of a run, as one zip.

It is written to a file that has no name any more when it goes out: nothing of it stays behind, however the answer
ends. Known gap: a caller waits until all of it is written.
"""

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import BinaryIO

from litestar import Controller, get
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Stream

from yesfirst.usecases.actors import Actor
from yesfirst.usecases.api_keys import Caller, Capability
from yesfirst.usecases.export import export_run
from yesfirst.usecases.ground import Ground
from yesfirst.web.api.access import run_for

_ZIP = "application/zip"
_PIECE = 1 << 16  # bytes


class EvidencePages(Controller):
    path = "/runs/{run:str}/evidence"

    @get(can=Capability.EVIDENCE, media_type=_ZIP)
    async def get_evidence(
        self,
        run: FromPath[str],
        caller: NamedDependency[Caller],
        ground: NamedDependency[Ground],
        log_key: NamedDependency[str],
    ) -> Stream:
        """The bundles of all sealed messages of a run, to be verified offline; the log names the key that took them."""
        file = await _exported(ground, await run_for(caller, ground, run), log_key, caller.actor)
        headers = {
            "Cache-Control": "no-store",
            "Content-Disposition": f'attachment; filename="{run}.zip"',
            "Content-Length": str(os.fstat(file.fileno()).st_size),
        }
        return Stream(_pieces(file), media_type=_ZIP, headers=headers)


async def _exported(ground: Ground, run: bytes, log_key: str, actor: Actor) -> BinaryIO:
    """An open file without a name."""
    with TemporaryDirectory(prefix="yesfirst-") as folder:
        out = Path(folder) / "run.zip"
        await export_run(ground, run, out, [log_key], actor)
        return out.open("rb")


async def _pieces(file: BinaryIO) -> AsyncIterator[bytes]:
    with file:
        while piece := await asyncio.to_thread(file.read, _PIECE):
            yield piece
