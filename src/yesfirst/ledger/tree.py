"""The Merkle tree of RFC 6962 / RFC 9162: roots, and proofs of inclusion and of growth.

A proof is made from a `Node` reader, which gives the hash of any complete subtree; `nodes_of` reads from a
list of leaf hashes and `tiles.nodes_of` from tiles. Verification needs sizes, hashes and the proof only, and
returns False for anything that does not fit exactly: a proof that is too long is as wrong as a false one.

Invariant: leaves are hashed with prefix 0x00 and nodes with 0x01, so neither can pass for the other.
"""

import hashlib
from collections.abc import Callable, Sequence
from typing import TypeAlias

# (level, index) -> hash of the complete subtree over leaves [index << level, (index + 1) << level).
Node: TypeAlias = Callable[[int, int], bytes]

EMPTY_ROOT = hashlib.sha256(b"").digest()


def leaf_hash(body: bytes) -> bytes:
    """RFC 9162 section 2.1.1: HASH(0x00 || entry)."""
    return hashlib.sha256(b"\x00" + body).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """RFC 9162 section 2.1.1: HASH(0x01 || left || right)."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def root(hashes: Sequence[bytes]) -> bytes:
    """Return the root over leaf hashes: pair neighbours level by level; an odd one goes up unchanged."""
    if not hashes:
        return EMPTY_ROOT
    level = list(hashes)
    while len(level) > 1:
        level = _parents(level)
    return level[0]


def nodes_of(hashes: Sequence[bytes]) -> Node:
    """Return a reader of the complete subtrees over these leaf hashes; it holds all levels in memory."""
    levels = [list(hashes)]
    while len(levels[-1]) > 1:
        levels.append(_parents(levels[-1][: len(levels[-1]) & ~1]))
    return lambda level, index: levels[level][index]


def range_hash(node: Node, start: int, end: int) -> bytes:
    """Return MTH(D[start:end]) for a range that RFC 9162's splitting of the tree reaches (start < end)."""
    width = end - start
    if width & (width - 1) == 0:
        level = width.bit_length() - 1
        return node(level, start >> level)
    split = start + _split(width)
    return node_hash(range_hash(node, start, split), range_hash(node, split, end))


def inclusion_proof(node: Node, index: int, size: int) -> list[bytes]:
    """Return PATH(index, D[0:size]) of RFC 9162 section 2.1.3.1, the leaf's sibling first."""
    if not 0 <= index < size:
        raise ValueError(f"leaf {index} is not in a tree of {size}")
    start, end, proof = 0, size, list[bytes]()
    while end - start > 1:
        split = start + _split(end - start)
        if index < split:
            proof.append(range_hash(node, split, end))
            end = split
        else:
            proof.append(range_hash(node, start, split))
            start = split
    return proof[::-1]


def consistency_proof(node: Node, old: int, new: int) -> list[bytes]:
    """Return PROOF(old, D[0:new]) of RFC 9162 section 2.1.4.1; empty when nothing needs to be shown."""
    if not 0 <= old <= new:
        raise ValueError(f"a tree of {new} can't extend one of {old}")
    if old in (0, new):
        return []
    start, end, proof = 0, new, list[bytes]()
    while old < end:
        split = start + _split(end - start)
        if old <= split:
            proof.append(range_hash(node, split, end))
            end = split
        else:
            proof.append(range_hash(node, start, split))
            start = split
    if start > 0:
        proof.append(range_hash(node, start, end))
    return proof[::-1]


def verify_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """RFC 9162 section 2.1.3.2, for a leaf hash."""
    if not 0 <= index < size:
        return False
    fn, sn, r = index, size - 1, leaf
    for p in proof:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            r = node_hash(p, r)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            r = node_hash(r, p)
        fn, sn = fn >> 1, sn >> 1
    return sn == 0 and r == root


def verify_consistency(old: int, new: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]) -> bool:
    """RFC 9162 section 2.1.4.2; an empty old tree is consistent with every new one."""
    if not 0 <= old <= new:
        return False
    if old == new or old == 0:
        return not proof and (old_root == new_root if old == new else old_root == EMPTY_ROOT)
    path = [old_root, *proof] if old & (old - 1) == 0 else list(proof)
    fn, sn = old - 1, new - 1
    while fn & 1:
        fn, sn = fn >> 1, sn >> 1
    if not proof or not path:
        return False
    fr = sr = path[0]
    for c in path[1:]:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            fr, sr = node_hash(c, fr), node_hash(c, sr)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            sr = node_hash(sr, c)
        fn, sn = fn >> 1, sn >> 1
    return sn == 0 and fr == old_root and sr == new_root


def _parents(level: list[bytes]) -> list[bytes]:
    pairs = [node_hash(level[i], level[i + 1]) for i in range(0, len(level) - 1, 2)]
    return pairs + level[-1:] if len(level) & 1 else pairs


def _split(width: int) -> int:
    """Return the largest power of two smaller than `width` (at least 2)."""
    return 1 << ((width - 1).bit_length() - 1)
