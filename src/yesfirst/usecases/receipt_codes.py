"""Receipt codes: whoever has the code of a withdrawal learns that it is on record, and nothing about whose it is."""

import re
from dataclasses import dataclass
from datetime import datetime

from yesfirst.intake.brand import Brand
from yesfirst.store import brands, receipt_codes
from yesfirst.usecases.declared import read_brand
from yesfirst.usecases.ground import Ground
from yesfirst.usecases.own_page import titles

_BETWEEN = re.compile(r"[\s\-\u2010-\u2015\u2212\uff0d\[\]【】]+")
_CODE = re.compile(r"[0-9A-Fa-f]{10}")
_FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}


@dataclass(frozen=True, slots=True)
class Receipted:
    """A withdrawal on record: everything of the brand where there are no `titles`; `index` None until it is sealed."""

    brand: Brand
    titles: tuple[str, ...]
    at: datetime
    index: int | None


def read_code(written: str) -> bytes | None:
    """The start of the leaf's hash that a code is, however it is written; None if it is no code."""
    plain = _BETWEEN.sub("", written.translate(_FULL_WIDTH))
    return bytes.fromhex(plain) if _CODE.fullmatch(plain) else None


async def find(ground: Ground, beginning: bytes) -> list[Receipted]:
    """The withdrawals that a code stands for: one, or none."""
    found = []
    async with ground.engine.connect() as connection:
        for one in await receipt_codes.find(connection, beginning):
            stored = await brands.brand(connection, one.brand)
            if stored is not None:
                brand = read_brand(stored)
                found.append(Receipted(brand, titles(brand, one.purposes), one.at, one.index))
    return found
