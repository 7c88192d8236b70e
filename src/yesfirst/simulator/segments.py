"""How many SMS segments a text needs, for `num_segments`.

GSM-7 carries 160 septets in one segment and 153 in each of several, UCS-2 70 and 67 UTF-16 units
(3GPP TS 23.038, 23.040). A character of the extension table takes two septets, one outside the basic
plane two units; neither is split over two segments.
"""

from collections.abc import Iterable

_GSM_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_GSM_EXTENDED = frozenset("\f^{}\\[~]|€")
_GSM = _GSM_BASIC | _GSM_EXTENDED


def count_segments(body: str) -> int:
    """Count the segments of a text; an empty one takes one."""
    if _GSM.issuperset(body):
        return _pack((2 if char in _GSM_EXTENDED else 1 for char in body), single=160, part=153)
    return _pack((2 if ord(char) > 0xFFFF else 1 for char in body), single=70, part=67)


def _pack(widths: Iterable[int], *, single: int, part: int) -> int:
    total, segments, used = 0, 1, 0
    for width in widths:
        total += width
        used += width
        if used > part:
            segments, used = segments + 1, width
    return 1 if total <= single else segments
