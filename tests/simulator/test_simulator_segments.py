import pytest

from yesfirst.simulator.segments import count_segments


@pytest.mark.parametrize(
    ("body", "segments"),
    [
        ("", 1),
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("a" * 306, 2),
        ("a" * 307, 3),
        ("€" * 80, 1),
        ("€" * 81, 2),
        ("a" * 152 + "€" + "a" * 152, 3),  # the euro's two septets don't fit at 152
        ("茶" * 70, 1),
        ("茶" * 71, 2),
        ("茶" * 134, 2),
        ("茶" * 135, 3),
        ("🍵" * 35, 1),
        ("🍵" * 36, 2),
        ("🍵" * 66, 2),
        ("🍵" * 67, 3),  # 33 in a segment of 67 units: no half ones
        ("a" * 69 + "’", 1),
        ("a" * 70 + "’", 2),
    ],
)
def test_a_text_takes_so_many_segments(body: str, segments: int) -> None:
    assert count_segments(body) == segments
