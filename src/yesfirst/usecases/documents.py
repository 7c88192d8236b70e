"""Brands, notices and campaigns that are handed in as values: checked as the files are.

Raises InvalidFile with every problem; a value has no lines, so each problem says its path.
"""

from collections.abc import Mapping

from yesfirst.errors import Refused
from yesfirst.intake import brand as brand_file
from yesfirst.intake import notice as notice_file
from yesfirst.intake.brand import Brand
from yesfirst.intake.campaign import Campaign
from yesfirst.intake.notice import Notice
from yesfirst.intake.yamlfile import Document, InvalidFile, Plain
from yesfirst.ledger.text import BadText, hash_text, parse_hash
from yesfirst.store import brands
from yesfirst.usecases.declared import store_notice
from yesfirst.usecases.files import check_campaign
from yesfirst.usecases.ground import Ground


def read_brand_value(value: Plain, texts: Mapping[str, str]) -> tuple[Brand, dict[str, Notice]]:
    """The brand, and its notices by the names it gives them; `texts` are those files' contents."""
    document = Document(value, "brand", {})
    brand = brand_file.check(document)
    missing = [
        document.problem(("notices", index), f'"{name}" has no text in this request')
        for index, name in enumerate(brand.notices)
        if name not in texts
    ]
    if missing:
        raise InvalidFile("brand", missing)
    return brand, {name: notice_file.read(texts[name].encode(), name, brand) for name in brand.notices}


async def read_campaign_value(ground: Ground, value: Plain) -> tuple[Brand, Campaign]:
    """The campaign, and its brand as applied."""
    return await check_campaign(ground, Document(value, "campaign", {}))


async def notices_of(ground: Ground, brand: Brand) -> list[Notice]:
    """Every notice that a brand ever applied; consents to older ones stand."""
    async with ground.engine.connect() as connection:
        stored = await brands.notices_of(connection, brand.id)
    return [notice_file.read(one.body, hash_text(one.hash), brand) for one in stored]


async def find_notice(ground: Ground, brand: Brand, sha256: str) -> Notice:
    """A notice of the brand by the digest of its bytes; raises Refused (NOTICE_UNKNOWN)."""
    try:
        wanted = parse_hash(sha256)
    except BadText:
        raise _unknown_notice() from None
    async with ground.engine.connect() as connection:
        stored = await brands.notice(connection, wanted)
    if stored is None or stored.brand != brand.id:
        raise _unknown_notice()
    return notice_file.read(stored.body, sha256, brand)


async def keep_notice(ground: Ground, brand: Brand, notice: Notice) -> None:
    """Stores a wording that somebody has agreed to, as an import does."""
    async with ground.engine.begin() as connection:
        await store_notice(connection, brand.id, notice)


def _unknown_notice() -> Refused:
    return Refused(
        "NOTICE_UNKNOWN",
        "The brand has no such notice.",
        "A notice is named by the SHA-256 of its bytes; `yesfirst brand apply FILE` stores it.",
    )
