"""The tree on the vectors of the RFC 6962 reference implementation, and against the RFC's own recursion."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yesfirst.ledger import tree

# The eight inputs, their roots and proofs that all implementations of RFC 6962 are tested with.
INPUTS = [
    bytes.fromhex(each)
    for each in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
INCLUSION = [  # (index, size, proof)
    (0, 1, []),
    (
        0,
        8,
        [
            "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
        ],
    ),
    (
        5,
        8,
        [
            "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
            "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        ],
    ),
    (2, 3, ["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"]),
    (
        1,
        5,
        [
            "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        ],
    ),
]
CONSISTENCY = [  # (old size, new size, proof)
    (1, 1, []),
    (
        1,
        8,
        [
            "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
        ],
    ),
    (
        6,
        8,
        [
            "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
            "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        ],
    ),
    (
        2,
        5,
        [
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        ],
    ),
    (
        6,
        7,
        [
            "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
            "b08693ec2e721597130641e8211e7eedccb4c26413963eee6c1e2ed16ffb1a5f",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        ],
    ),
]
HASHES = [tree.leaf_hash(each) for each in INPUTS]
NODE = tree.nodes_of(HASHES)


def naive_root(d: list[bytes]) -> bytes:
    """MTH as RFC 9162 section 2.1.1 writes it, over leaf hashes."""
    if not d:
        return tree.EMPTY_ROOT
    if len(d) == 1:
        return d[0]
    k = naive_split(len(d))
    return tree.node_hash(naive_root(d[:k]), naive_root(d[k:]))


def naive_path(m: int, d: list[bytes]) -> list[bytes]:
    """PATH as RFC 9162 section 2.1.3.1 writes it."""
    if len(d) == 1:
        return []
    k = naive_split(len(d))
    if m < k:
        return [*naive_path(m, d[:k]), naive_root(d[k:])]
    return [*naive_path(m - k, d[k:]), naive_root(d[:k])]


def naive_subproof(m: int, d: list[bytes], whole: bool) -> list[bytes]:
    """SUBPROOF as RFC 9162 section 2.1.4.1 writes it."""
    if m == len(d):
        return [] if whole else [naive_root(d)]
    k = naive_split(len(d))
    if m <= k:
        return [*naive_subproof(m, d[:k], whole), naive_root(d[k:])]
    return [*naive_subproof(m - k, d[k:], False), naive_root(d[:k])]


def naive_split(n: int) -> int:
    """Return the largest power of two smaller than n."""
    k = 1
    while 2 * k < n:
        k *= 2
    return k


def numbered(size: int) -> list[bytes]:
    """Return distinct leaf hashes."""
    return [tree.leaf_hash(i.to_bytes(4, "big")) for i in range(size)]


def test_the_root_of_nothing_is_the_hash_of_nothing() -> None:
    assert tree.root([]).hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


@pytest.mark.parametrize("size", range(1, 9))
def test_roots_are_those_of_the_reference(size: int) -> None:
    assert tree.root(HASHES[:size]).hex() == ROOTS[size - 1]


@pytest.mark.parametrize(("index", "size", "proof"), INCLUSION)
def test_inclusion_proofs_are_those_of_the_reference(index: int, size: int, proof: list[str]) -> None:
    made = tree.inclusion_proof(tree.nodes_of(HASHES[:size]), index, size)
    assert [each.hex() for each in made] == proof
    assert tree.verify_inclusion(HASHES[index], index, size, made, tree.root(HASHES[:size]))


@pytest.mark.parametrize(("old", "new", "proof"), CONSISTENCY)
def test_consistency_proofs_are_those_of_the_reference(old: int, new: int, proof: list[str]) -> None:
    made = tree.consistency_proof(NODE, old, new)
    assert [each.hex() for each in made] == proof
    assert tree.verify_consistency(old, new, tree.root(HASHES[:old]), tree.root(HASHES[:new]), made)


@given(st.data())
def test_roots_and_proofs_agree_with_the_recursion_of_the_rfc(data: st.DataObject) -> None:
    size = data.draw(st.integers(1, 70))
    index, old = data.draw(st.integers(0, size - 1)), data.draw(st.integers(1, size))
    d = numbered(size)
    node, root = tree.nodes_of(d), tree.root(d)
    assert root == naive_root(d)
    path = tree.inclusion_proof(node, index, size)
    assert path == naive_path(index, d)
    assert tree.verify_inclusion(d[index], index, size, path, root)
    growth = tree.consistency_proof(node, old, size)
    assert growth == naive_subproof(old, d, True)
    assert tree.verify_consistency(old, size, naive_root(d[:old]), root, growth)


@given(st.data())
def test_a_proof_that_differs_in_anything_is_false(data: st.DataObject) -> None:
    size = data.draw(st.integers(2, 40))
    index = data.draw(st.integers(0, size - 1))
    d = numbered(size)
    root, path = tree.root(d), tree.inclusion_proof(tree.nodes_of(d), index, size)
    at = data.draw(st.integers(0, len(path) - 1))
    bent = [*path[:at], tree.leaf_hash(b"bent"), *path[at + 1 :]]
    assert not tree.verify_inclusion(d[index], index, size, bent, root)
    assert not tree.verify_inclusion(d[index], index, size, [*path, root], root)
    assert not tree.verify_inclusion(d[index], index, size, path[:-1], root)
    assert not tree.verify_inclusion(d[index], index ^ 1, size, path, root)
    assert not tree.verify_inclusion(d[index], size, size, path, root)
    assert not tree.verify_inclusion(d[index], -1, size, path, root)


@given(st.data())
def test_a_log_that_changed_its_past_is_found(data: st.DataObject) -> None:
    old = data.draw(st.integers(1, 30))
    new = data.draw(st.integers(old + 1, 40))
    at = data.draw(st.integers(0, old - 1))
    d = numbered(new)
    forked = [*d[:at], tree.leaf_hash(b"another past"), *d[at + 1 :]]
    proof = tree.consistency_proof(tree.nodes_of(forked), old, new)
    assert not tree.verify_consistency(old, new, tree.root(d[:old]), tree.root(forked), proof)
    honest = tree.consistency_proof(tree.nodes_of(d), old, new)
    assert not tree.verify_consistency(old, new, tree.root(d[:old]), tree.root(d), [*honest, honest[0]])
    assert not tree.verify_consistency(old, new, tree.root(d[:old]), tree.root(d), honest[:-1])
    assert not tree.verify_consistency(new, old, tree.root(d), tree.root(d[:old]), honest)


def test_every_log_grew_from_the_empty_one_and_from_itself() -> None:
    root = tree.root(HASHES)
    assert tree.verify_consistency(0, 8, tree.EMPTY_ROOT, root, [])
    assert tree.verify_consistency(8, 8, root, root, [])
    assert not tree.verify_consistency(0, 8, root, root, [])
    assert not tree.verify_consistency(8, 8, root, root, [root])
    assert not tree.verify_consistency(8, 8, root, tree.EMPTY_ROOT, [])


def test_proofs_outside_the_tree_are_refused() -> None:
    with pytest.raises(ValueError, match="leaf 8 is not in a tree of 8"):
        tree.inclusion_proof(NODE, 8, 8)
    with pytest.raises(ValueError, match="a tree of 3 can't extend one of 4"):
        tree.consistency_proof(NODE, 4, 3)
