"""The log as anybody may read it: its published checkpoint and the hashes under it (C2SP tlog-tiles).

Invariant: nothing past the published checkpoint is shown, though the database may hold more, because a tile
seen early could betray a tree that is never signed. Leaves themselves (entry bundles) are not public.
"""

from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path

from litestar import Controller, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from yesfirst.ledger import checkpoint, note, tiles
from yesfirst.ledger.text import HASH_BYTES
from yesfirst.ledger.tiles import TileName
from yesfirst.store import evidence
from yesfirst.store.engine import Engine
from yesfirst.web.documented import refused_with
from yesfirst.web.problems import problem

_TEXT = "text/plain"
_BYTES = "application/octet-stream"
_NOT_STORED = {"Cache-Control": "no-store"}
# A tile of one width never changes again, be it full or partial.
_FOR_EVER = {"Cache-Control": "public, max-age=31536000, immutable"}


@dataclass(frozen=True, slots=True)
class PublicLog:
    """The published checkpoint's file, and the database that has the tiles."""

    path: Path
    engine: Engine

    def checkpoint(self) -> bytes | None:
        """The signed note as it was published; None before the first."""
        try:
            return self.path.read_bytes()
        except FileNotFoundError:
            return None

    async def tile(self, name: TileName) -> bytes | None:
        """The hashes of a tile in the width asked for; None if the published tree has no such tile."""
        if name.level is None or not _is_within(name, self._size()):
            return None
        async with self.engine.connect() as connection:
            hashes = await evidence.tile(connection, name.level, name.index)
        return None if hashes is None else hashes[: name.width * HASH_BYTES]

    def _size(self) -> int:
        """The number of leaves under the published checkpoint, which the sequencer verifies before it signs."""
        published = self.checkpoint()
        if published is None:
            return 0
        text, _ = note.split(published.decode("utf-8"))
        return checkpoint.parse_body(text).size


def _is_within(name: TileName, size: int) -> bool:
    hashes = size >> (8 * (name.level or 0))
    return name.index * tiles.WIDTH + name.width <= hashes


class LogPages(Controller):
    @get(
        "/checkpoint", media_type=_TEXT, responses=refused_with([HTTPStatus.NOT_FOUND]), sync_to_thread=False
    )
    def checkpoint(self, log: NamedDependency[PublicLog]) -> Response[bytes]:
        """The newest published checkpoint: a C2SP signed note."""
        published = log.checkpoint()
        if published is None:
            raise problem(HTTPStatus.NOT_FOUND, "NOT_PUBLISHED", "No checkpoint has been published yet.")
        return Response(published, media_type=_TEXT, headers=_NOT_STORED)

    @get(
        "/tile/{level:str}/{rest:path}",
        media_type=_BYTES,
        responses=refused_with([HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND]),
    )
    async def tile(
        self, log: NamedDependency[PublicLog], level: FromPath[str], rest: FromPath[str]
    ) -> Response[bytes]:
        """The hashes of a tile, 32 bytes each, such as /log/tile/0/x001/234.p/17."""
        hashes = await log.tile(tile_name(level, rest))
        if hashes is None:
            raise problem(HTTPStatus.NOT_FOUND, "NO_SUCH_TILE", "The published tree has no such tile.")
        return Response(hashes, media_type=_BYTES, headers=_FOR_EVER)


def tile_name(level: str, rest: str) -> TileName:
    """The tile that a path names; a problem for entry bundles and for a second spelling of a path."""
    try:
        name = tiles.parse_path(f"tile/{level}/{rest.removeprefix('/')}")
    except ValueError:
        raise problem(HTTPStatus.NOT_FOUND, "NO_SUCH_TILE", "This is not the path of a tile.") from None
    if name.level is None:
        detail = "The leaves are shown to witnesses only; this log's hashes are public."
        raise problem(HTTPStatus.FORBIDDEN, "WITNESS_CREDENTIAL_MISSING", detail)
    return name
