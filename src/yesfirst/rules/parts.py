"""How many SMS parts a text needs, and how it is encoded on the air.

One part holds 160 septets of the GSM 7-bit alphabet or 70 UTF-16 code units; in a longer text each part
gives six octets to the header that joins them, which leaves 153 or 67 (3GPP TS 23.040, 9.2.3.24.1).

Known gaps: national shift tables are not used (carriers don't either); some Chinese gateways bill 70/67
characters whatever the alphabet; a carrier's "smart encoding" may replace characters and need fewer parts.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

# 3GPP TS 23.038, 6.2.1: the default alphabet, without the escape itself.
_GSM_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
# 3GPP TS 23.038, 6.2.1.1: reached through the escape, so two septets each.
_GSM_EXTENSION = frozenset("\f^{}\\[~]|€")
_GSM = _GSM_BASIC | _GSM_EXTENSION


class Encoding(StrEnum):
    GSM7 = "GSM-7"
    UCS2 = "UCS-2"


@dataclass(frozen=True, slots=True)
class Parts:
    """`n` parts; `units` are septets (GSM-7) or UTF-16 code units (UCS-2) of the text itself."""

    n: int
    encoding: Encoding
    units: int


_LIMITS = {Encoding.GSM7: (160, 153), Encoding.UCS2: (70, 67)}


def count(text: str) -> Parts:
    """The parts that `text` needs; an empty text needs none."""
    if _GSM.issuperset(text):
        encoding, widths = Encoding.GSM7, [2 if character in _GSM_EXTENSION else 1 for character in text]
    else:
        encoding, widths = Encoding.UCS2, [2 if ord(character) > 0xFFFF else 1 for character in text]
    units = sum(widths)
    alone, joined = _LIMITS[encoding]
    if units <= alone:
        return Parts(min(units, 1), encoding, units)
    return Parts(_fill(widths, joined), encoding, units)


def _fill(widths: Iterable[int], room: int) -> int:
    """How many parts of `room` units it takes when no pair may be torn apart."""
    parts, used = 1, 0
    for width in widths:
        # 3GPP TS 23.040, 9.2.3.24.1: an escape and its character, or a surrogate pair, stay in one part.
        if used + width > room:
            parts, used = parts + 1, 0
        used += width
    return parts
