"""How many parts a text needs: the boundaries of both alphabets."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yesfirst.rules.parts import Encoding, Parts, count


@pytest.mark.parametrize(
    ("text", "n", "encoding", "units"),
    [
        ("", 0, Encoding.GSM7, 0),
        ("a", 1, Encoding.GSM7, 1),
        ("a" * 160, 1, Encoding.GSM7, 160),
        ("a" * 161, 2, Encoding.GSM7, 161),
        ("a" * 306, 2, Encoding.GSM7, 306),
        ("a" * 307, 3, Encoding.GSM7, 307),
        ("a" * 459, 3, Encoding.GSM7, 459),
        ("a" * 460, 4, Encoding.GSM7, 460),
        ("€" * 80, 1, Encoding.GSM7, 160),
        ("€" * 81, 2, Encoding.GSM7, 162),
        # 153 is odd: each part ends one septet early, since an escape pair is not torn apart.
        ("€" * 152, 2, Encoding.GSM7, 304),
        ("€" * 153, 3, Encoding.GSM7, 306),
        ("a" * 152 + "€" + "a" * 151, 2, Encoding.GSM7, 305),
        ("a" * 152 + "€" + "a" * 152, 3, Encoding.GSM7, 306),
        ("茶" * 70, 1, Encoding.UCS2, 70),
        ("茶" * 71, 2, Encoding.UCS2, 71),
        ("茶" * 134, 2, Encoding.UCS2, 134),
        ("茶" * 135, 3, Encoding.UCS2, 135),
        ("🍵" * 35, 1, Encoding.UCS2, 70),
        ("🍵" * 36, 2, Encoding.UCS2, 72),
        # 67 is odd too: 33 pairs fit a joined part.
        ("🍵" * 66, 2, Encoding.UCS2, 132),
        ("🍵" * 67, 3, Encoding.UCS2, 134),
        ("a" * 69 + "€", 1, Encoding.GSM7, 71),
        ("a" * 69 + "`", 1, Encoding.UCS2, 70),
        ("a" * 70 + "`", 2, Encoding.UCS2, 71),
        ("Ça va?", 1, Encoding.GSM7, 6),
        ("ça va?", 1, Encoding.UCS2, 6),
        ("\n\f", 1, Encoding.GSM7, 3),
    ],
)
def test_the_boundaries(text: str, n: int, encoding: Encoding, units: int) -> None:
    assert count(text) == Parts(n, encoding, units)


@given(st.text(alphabet="a€^"), st.text(alphabet="a茶🍵"))
def test_parts_hold_what_they_must_and_no_more_than_a_unit_is_wasted_in_each(gsm: str, ucs: str) -> None:
    for text, room in ((gsm, 153), (ucs + "茶", 67)):
        parts = count(text)
        if parts.n > 1:
            assert (parts.n - 1) * (room - 1) < parts.units <= parts.n * room
