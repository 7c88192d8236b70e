"""Canonical JSON on RFC 8785's own cases, and on what its restricted form refuses."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yesfirst.ledger.canonical import NotCanonical, decode, encode

values = st.recursive(
    st.none() | st.booleans() | st.integers(1 - 2**53, 2**53 - 1) | st.text(st.characters(codec="utf-8")),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(st.characters(max_codepoint=127)), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(values)
def test_what_is_encoded_decodes_to_itself_and_is_what_json_sorts(value: Any) -> None:
    data = encode(value)
    assert decode(data) == value
    assert data == json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


@pytest.mark.parametrize(
    ("text", "data"),
    [
        # RFC 8785 section 3.2.2.2: the string of its example, control characters, DEL, line separators.
        ('€$\u000f\nA\'B"\\\\"/', '"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"'),
        ("\b\t\n\f\r\x00\x1f", '"\\b\\t\\n\\f\\r\\u0000\\u001f"'),
        ("\x7f\u2028\u2029😀", '"\x7f\u2028\u2029😀"'),
    ],
)
def test_strings_are_escaped_as_rfc_8785_says(text: str, data: str) -> None:
    assert encode(text) == data.encode()


def test_keys_are_sorted_by_their_bytes_at_every_depth() -> None:
    assert encode({"b": {"z": 1, "Z": 2}, "a": [], "B": None}) == b'{"B":null,"a":[],"b":{"Z":2,"z":1}}'


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"nul",
        b" 1",
        b"1 ",
        b"01",
        b"-0",
        b"1.0",
        b"1e2",
        b"NaN",
        b"9007199254740992",
        b"-9007199254740992",
        b"1" * 5000,
        b'{"a":1,"a":1}',
        b'{"b":1,"a":1}',
        b'{"a": 1}',
        b'"\\u0041"',
        b'"\\/"',
        b'"\\u000A"',
        b'"\\ud800"',
        b'"\xff"',
        b"\xef\xbb\xbf1",
        '{"é":1}'.encode(),
        b"[" * 100_000,
    ],
)
def test_bytes_that_are_not_canonical_are_refused(data: bytes) -> None:
    with pytest.raises(NotCanonical):
        decode(data)


@pytest.mark.parametrize(
    "value", [1.5, float("nan"), 2**53, -(2**53), "\ud800", {"é": 1}, {1: 1}, b"bytes", {1, 2}, [[2.0]]]
)
def test_values_outside_the_restricted_form_are_refused(value: object) -> None:
    with pytest.raises(NotCanonical):
        encode(value)


def test_an_error_does_not_repeat_the_content() -> None:
    for data in (b'{"phone":"+8613900000001",}', b'{"phone": "+8613900000001"}'):
        with pytest.raises(NotCanonical) as caught:
            decode(data)
        assert "139" not in str(caught.value)
        assert caught.value.__cause__ is None
