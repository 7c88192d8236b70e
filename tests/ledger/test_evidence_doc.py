"""docs/evidence.md names every leaf type, field, warning and answer of the code."""

from pathlib import Path
from typing import get_args

import msgspec

from yesfirst.ledger import bundle, verifier
from yesfirst.ledger.contents import PRIVATE, Content, LeafContent, PrivateField

DOC = (Path(__file__).parents[2] / "docs" / "evidence.md").read_text(encoding="utf-8")
HEAD = {field.encode_name for field in msgspec.structs.fields(Content)}


def test_every_leaf_type_is_documented_with_its_fields() -> None:
    for kind in get_args(LeafContent):
        tag = kind.__struct_config__.tag
        row = next(line for line in DOC.splitlines() if line.startswith("| ") and f"`{tag}`" in line)
        if "as grant" in row:
            continue
        missing = {f.name for f in msgspec.structs.fields(kind) if f"`{f.name}`" not in row} - HEAD
        assert not missing, f"{tag}: {missing}"
        needed, _ = PRIVATE[kind]
        assert all(f"`{name}`" in row for name in needed)


def test_every_private_field_warning_and_answer_is_documented() -> None:
    answers = {verifier.VALID, verifier.WARNED, verifier.PSEUDONYMOUS, verifier.INVALID}
    for name in {*get_args(PrivateField), *verifier.WARNINGS, *answers}:
        assert f"`{name}`" in DOC, name
    assert bundle.FORMAT in DOC


def test_the_verifier_knows_the_same_shapes_as_the_package() -> None:
    by_tag = {kind.__struct_config__.tag: kind for kind in get_args(LeafContent)}
    for tag, shapes in verifier.SHAPES.items():
        assert {f.name for f in msgspec.structs.fields(by_tag[tag])} - HEAD == set(shapes)
        needed, allowed = verifier.PRIVATE[tag]
        assert (frozenset(needed), frozenset(allowed)) == PRIVATE[by_tag[tag]]
