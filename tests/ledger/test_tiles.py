"""Tiles: names as C2SP writes them, and a tree grown through tiles against the same tree built at once."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yesfirst.ledger import tiles, tree
from yesfirst.ledger.tiles import Edge, TileName

LEAVES = [tree.leaf_hash(i.to_bytes(4, "big")) for i in range(1100)]


class Shelf(dict[TileName, bytes]):
    """Stored tiles, read as a store would: only those that were written."""

    def grow(self, edge: Edge, upto: int) -> tiles.Appended:
        appended = tiles.append(edge, LEAVES[edge.size : upto])
        for tile in appended.tiles:
            self[tile.name] = tile.data
        return appended


@pytest.mark.parametrize(
    ("name", "path"),
    [
        (TileName(0, 0, 256), "tile/0/000"),
        (TileName(0, 273, 112), "tile/0/273.p/112"),
        (TileName(1, 1234067, 256), "tile/1/x001/x234/067"),
        (TileName(None, 1234067, 8), "tile/entries/x001/x234/067.p/8"),
        (TileName(63, 1000, 1), "tile/63/x001/000.p/1"),
    ],
)
def test_tile_paths_are_those_of_the_specification(name: TileName, path: str) -> None:
    assert name.path == path
    assert tiles.parse_path(path) == name


@pytest.mark.parametrize(
    "path",
    [
        "tile/00/000",
        "tile/64/000",
        "tile/0/0",
        "tile/0/x000/001",
        "tile/0/001/002",
        "tile/0/000.p/0",
        "tile/0/000.p/256",
        "tile/0/000.p/01",
        "tile/0/000\n",
        "tile/0/../000",
        "checkpoint",
    ],
)
def test_other_paths_are_refused(path: str) -> None:
    with pytest.raises(ValueError, match="not the path of a tile"):
        tiles.parse_path(path)


def test_the_edge_of_a_tree_of_70000_is_that_of_the_specification() -> None:
    assert [name.path for name in tiles.edge_names(70_000)] == [
        "tile/0/273.p/112",
        "tile/1/001.p/17",
        "tile/2/000.p/1",
    ]


@given(st.lists(st.sampled_from([0, 1, 2, 7, 100, 255, 256, 257, 600]), max_size=6))
@settings(max_examples=40, deadline=None)
def test_a_tree_grown_in_steps_is_the_tree_built_at_once(steps: list[int]) -> None:
    shelf, edge, sizes = Shelf(), Edge(), []
    for step in steps:
        appended = shelf.grow(edge, min(edge.size + step, len(LEAVES)))
        edge = appended.edge
        assert appended.size == edge.size
        assert appended.root == tree.root(LEAVES[: edge.size]) == tiles.root_of(edge.size, shelf.__getitem__)
        assert tiles.read_edge(edge.size, shelf.__getitem__) == edge
        sizes.append(edge.size)
    node = tiles.nodes_of(edge.size, shelf.__getitem__)
    for old in sizes:
        direct = tree.consistency_proof(tree.nodes_of(LEAVES[: edge.size]), old, edge.size)
        assert tree.consistency_proof(node, old, edge.size) == direct


@given(st.integers(1, len(LEAVES)), st.data())
@settings(max_examples=30, deadline=None)
def test_inclusion_proofs_from_tiles_hold(size: int, data: st.DataObject) -> None:
    shelf = Shelf()
    root = shelf.grow(Edge(), size).root
    index = data.draw(st.integers(0, size - 1))
    proof = tree.inclusion_proof(tiles.nodes_of(size, shelf.__getitem__), index, size)
    assert tree.verify_inclusion(LEAVES[index], index, size, proof, root)


@given(st.integers(1, len(LEAVES)), st.lists(st.integers(0, len(LEAVES) - 1), max_size=8))
@settings(max_examples=60, deadline=None)
def test_a_prover_gives_the_proofs_of_the_plain_tree(size: int, wanted: list[int]) -> None:
    shelf = Shelf()
    shelf.grow(Edge(), size)
    prove = tiles.prover_of(size, shelf.__getitem__)
    for index in (each % size for each in wanted):
        assert prove(index) == tree.inclusion_proof(tree.nodes_of(LEAVES[:size]), index, size)


@given(st.integers(1, 2**26), st.data())
def test_the_tiles_named_for_a_proof_are_all_that_it_reads(size: int, data: st.DataObject) -> None:
    index = data.draw(st.one_of(st.integers(0, size - 1), st.integers(max(0, size - 300), size - 1)))
    read: set[TileName] = set()

    def blank(name: TileName) -> bytes:
        read.add(name)
        return bytes(32 * name.width)

    tree.inclusion_proof(tiles.nodes_of(size, blank), index, size)
    assert read <= tiles.proof_names(index, size)


def test_appending_nothing_changes_nothing() -> None:
    edge = Shelf().grow(Edge(), 300).edge
    assert tiles.append(edge, []) == tiles.Appended(300, tree.root(LEAVES[:300]), (), edge)


def test_only_tiles_that_changed_are_written() -> None:
    shelf = Shelf()
    edge = shelf.grow(Edge(), 256 + 10).edge
    assert [tile.name.path for tile in tiles.append(edge, LEAVES[266:270]).tiles] == ["tile/0/001.p/14"]
    full = tiles.append(edge, LEAVES[266:512])
    assert [tile.name.path for tile in full.tiles] == ["tile/0/001", "tile/1/000.p/2"]


def test_an_edge_that_does_not_fit_its_size_is_refused() -> None:
    with pytest.raises(ValueError, match="not the right edge of a tree of 3"):
        Edge(3, (bytes(64),))
    with pytest.raises(ValueError, match="has 31 bytes, not 32"):
        tiles.read_edge(1, lambda name: bytes(31))
    with pytest.raises(ValueError, match="a leaf hash has 32 bytes"):
        tiles.append(Edge(), [b"short"])


def test_the_tile_of_a_leaf_is_as_wide_as_the_tree_allows() -> None:
    assert tiles.tile_of(255, 300).path == "tile/entries/000"
    assert tiles.tile_of(256, 300, 0).path == "tile/0/001.p/44"
    with pytest.raises(ValueError, match="leaf 300 is not in a tree of 300"):
        tiles.tile_of(300, 300)


@given(st.lists(st.binary(max_size=300), max_size=10))
def test_entry_bundles_give_back_their_leaves(bodies: list[bytes]) -> None:
    assert tiles.parse_entry_bundle(tiles.entry_bundle(bodies)) == bodies


@pytest.mark.parametrize("cut", [b"\x00", b"\x00\x02a", b"\x00\x01a\x00"])
def test_an_entry_bundle_that_ends_early_is_refused(cut: bytes) -> None:
    with pytest.raises(ValueError, match="ends within entry"):
        tiles.parse_entry_bundle(cut)
