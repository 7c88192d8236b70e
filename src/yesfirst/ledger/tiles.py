"""The tree in tiles: what to store and publish when leaves are appended (C2SP tlog-tiles, height 8).

A tile at level L lists up to 256 hashes of complete subtrees of 256^L leaves. Only the right edge ever
changes, so appending needs nothing but the partial tiles there: the `Edge`. Entry bundles hold the leaves
themselves, in the same groups of 256.

Invariants: a full tile never changes again; a partial tile only grows; empty tiles don't exist.
Known gap: pruning is not supported.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TypeAlias

from yesfirst.ledger.tree import EMPTY_ROOT, Node, inclusion_proof, node_hash, range_hash, root

WIDTH = 256
_HASH = 32
_path = re.compile(r"tile/(0|[1-9][0-9]?|entries)/((?:x[0-9]{3}/)*[0-9]{3})(?:\.p/([1-9][0-9]{0,2}))?")


@dataclass(frozen=True, slots=True)
class TileName:
    """Where a tile stands: its level (None for an entry bundle), its index there, its width (1 to 256)."""

    level: int | None
    index: int
    width: int

    @property
    def path(self) -> str:
        """The path under the log's prefix, such as `tile/0/x001/234` or `tile/1/000.p/17`."""
        level = "entries" if self.level is None else str(self.level)
        partial = "" if self.width == WIDTH else f".p/{self.width}"
        return f"tile/{level}/{_digits(self.index)}{partial}"


@dataclass(frozen=True, slots=True)
class Tile:
    """A tile and its bytes: `name.width` hashes of 32 bytes."""

    name: TileName
    data: bytes


# Reads a stored tile; the width asked for is the one that the tree size requires.
ReadTile: TypeAlias = Callable[[TileName], bytes]


@dataclass(frozen=True, slots=True)
class Edge:
    """The right edge of a tree of `size` leaves: `partials[L]` holds the hashes past the last full tile."""

    size: int = 0
    partials: tuple[bytes, ...] = ()

    def __post_init__(self) -> None:
        widths = [len(data) // _HASH for data in self.partials]
        if [name.width % WIDTH for name in edge_names(self.size)] != widths:
            raise ValueError(f"these partial tiles are not the right edge of a tree of {self.size}")

    @property
    def root(self) -> bytes:
        """The root of the tree, hashed from the right: the smallest complete subtrees come last."""
        result: bytes | None = None
        for data in self.partials:
            for subtree in reversed(_subtrees(data)):
                result = subtree if result is None else node_hash(subtree, result)
        return EMPTY_ROOT if result is None else result


@dataclass(frozen=True, slots=True)
class Appended:
    """A grown tree, and every tile that is new or has grown."""

    size: int
    root: bytes
    tiles: tuple[Tile, ...]
    edge: Edge


def append(edge: Edge, hashes: Sequence[bytes]) -> Appended:
    """Append leaf hashes to the tree whose right edge is `edge`."""
    if any(len(each) != _HASH for each in hashes):
        raise ValueError(f"a leaf hash has {_HASH} bytes")
    tiles: list[Tile] = []
    partials: list[bytes] = []
    fresh, total, level = b"".join(hashes), edge.size, 0
    while fresh or level < len(edge.partials):
        data = (edge.partials[level] if level < len(edge.partials) else b"") + fresh
        grown, first, fresh = bool(fresh), total // WIDTH, b""
        full = len(data) // (WIDTH * _HASH)
        for i in range(full):
            chunk = data[i * WIDTH * _HASH : (i + 1) * WIDTH * _HASH]
            tiles.append(Tile(TileName(level, first + i, WIDTH), chunk))
            fresh += root(_hashes(chunk))
        rest = data[full * WIDTH * _HASH :]
        if grown and rest:
            tiles.append(Tile(TileName(level, first + full, len(rest) // _HASH), rest))
        partials.append(rest)
        total, level = total // WIDTH, level + 1
    after = Edge(edge.size + len(hashes), tuple(partials))
    return Appended(after.size, after.root, tuple(tiles), after)


def edge_names(size: int) -> list[TileName]:
    """Name the right-edge tile of every level of a tree; width 256 stands for a level that ends full."""
    names, level = [], 0
    while size >> (8 * level):
        count = size >> (8 * level)
        names.append(TileName(level, count // WIDTH, count % WIDTH or WIDTH))
        level += 1
    return names


def read_edge(size: int, read: ReadTile) -> Edge:
    """Read the right edge of a tree from its stored tiles; levels that end full need none."""
    return Edge(size, tuple(b"" if n.width == WIDTH else _checked(read, n) for n in edge_names(size)))


def nodes_of(size: int, read: ReadTile) -> Node:
    """Return a reader of complete subtrees for proofs in a tree of `size` leaves; it keeps what it read."""
    seen: dict[TileName, bytes] = {}

    def node(level: int, index: int) -> bytes:
        height = level % 8
        start = index << height
        wide = min(WIDTH, (size >> (level - height)) - start // WIDTH * WIDTH)
        name = TileName(level // 8, start // WIDTH, wide)
        if name not in seen:
            seen[name] = _checked(read, name)
        at = start % WIDTH * _HASH
        return root(_hashes(seen[name][at : at + (_HASH << height)]))

    return node


def prover_of(size: int, read: ReadTile) -> Callable[[int], list[bytes]]:
    """Return what proves the inclusion of one leaf after another in a tree of `size` leaves, by index.

    It computes each node once and keeps it, and what lies above a full tile is the same for all its leaves.
    """
    stored = nodes_of(size, read)
    above: dict[int, list[bytes]] = {}

    @cache
    def node(level: int, index: int) -> bytes:
        if level % 8 == 0:
            return stored(level, index)
        return node_hash(node(level - 1, 2 * index), node(level - 1, 2 * index + 1))

    def prove(index: int) -> list[bytes]:
        tile = index // WIDTH
        if (tile + 1) * WIDTH > size:
            return inclusion_proof(node, index, size)
        if tile not in above:
            above[tile] = inclusion_proof(node, index, size)[8:]
        return [node(level, index >> level ^ 1) for level in range(8)] + above[tile]

    return prove


def proof_names(index: int, size: int) -> set[TileName]:
    """Name the tiles that the inclusion proof of leaf `index` in a tree of `size` leaves reads.

    A sibling stands in the tile of its ancestor, or it is not complete: then it ends at the right edge.
    """
    names = {name for name in edge_names(size) if name.width < WIDTH}
    level = 0
    while (width := (size >> (8 * level)) - (n := index >> (8 * level + 8)) * WIDTH) > 0:
        names.add(TileName(level, n, min(WIDTH, width)))
        level += 1
    return names


def root_of(size: int, read: ReadTile) -> bytes:
    """Return the root of a tree of `size` leaves from its tiles."""
    return range_hash(nodes_of(size, read), 0, size) if size else EMPTY_ROOT


def tile_of(index: int, size: int, level: int | None = None) -> TileName:
    """Name the level-0 tile (`level=0`) or entry bundle that holds leaf `index` in a tree of `size`."""
    if not 0 <= index < size:
        raise ValueError(f"leaf {index} is not in a tree of {size}")
    return TileName(level, index // WIDTH, min(WIDTH, size - index // WIDTH * WIDTH))


def parse_path(path: str) -> TileName:
    """Read a tile path; ValueError for a second spelling of one."""
    match = _path.fullmatch(path)
    if match is not None:
        level, index, width = match.groups()
        digits = int(index.replace("x", "").replace("/", ""))
        name = TileName(None if level == "entries" else int(level), digits, int(width or WIDTH))
        if name.path == path and (name.level or 0) < 64:
            return name
    raise ValueError("not the path of a tile")


def entry_bundle(bodies: Iterable[bytes]) -> bytes:
    """Write up to 256 leaves as an entry bundle: each after its length as a big-endian uint16."""
    return b"".join(len(body).to_bytes(2, "big") + body for body in bodies)


def parse_entry_bundle(data: bytes) -> list[bytes]:
    """Read the leaves of an entry bundle; ValueError if it ends within one."""
    bodies: list[bytes] = []
    at = 0
    while at < len(data):
        end = at + 2 + int.from_bytes(data[at : at + 2], "big")
        if end > len(data) or at + 2 > len(data):
            raise ValueError(f"entry bundle ends within entry {len(bodies)}")
        bodies.append(data[at + 2 : end])
        at = end
    return bodies


def _subtrees(data: bytes) -> list[bytes]:
    """Return the roots of the complete subtrees that a partial tile's hashes form, largest first."""
    hashes, roots, at = _hashes(data), [], 0
    for bit in range(7, -1, -1):
        if len(hashes) & (1 << bit):
            roots.append(root(hashes[at : at + (1 << bit)]))
            at += 1 << bit
    return roots


def _hashes(data: bytes) -> list[bytes]:
    return [data[i : i + _HASH] for i in range(0, len(data), _HASH)]


def _checked(read: ReadTile, name: TileName) -> bytes:
    data = read(name)
    if len(data) != name.width * _HASH:
        raise ValueError(f"{name.path} has {len(data)} bytes, not {name.width * _HASH}")
    return data


def _digits(index: int) -> str:
    """Write an index as path elements of three digits, all but the last after an `x`."""
    parts = [f"{index % 1000:03d}"]
    while index := index // 1000:
        parts.append(f"x{index % 1000:03d}")
    return "/".join(reversed(parts))
