"""The ways to sign up that brands declare: a page's address, its notices by language, its keyword."""

from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec import Struct
from sqlalchemy import text

from yesfirst.store.engine import Connection, fetch, fetch_one, run


class Form(Struct, frozen=True, kw_only=True):
    """`notices` are SHA-256 (hexadecimal) by language, the brand's first language first; `days` None: no end."""

    id: str
    brand: str
    notices: dict[str, str]
    purposes: tuple[str, ...]
    privacy: str
    sender: str
    keyword: str | None = None
    days: int | None = None


_ORDER = "languages"
_DROP = text("DELETE FROM signup_form WHERE brand = :brand")
_PUT = text("""
    INSERT INTO signup_form (id, brand, declared) VALUES (:id, :brand, CAST(:declared AS json))
    ON CONFLICT (id) DO NOTHING
""")
_GET = text("SELECT declared FROM signup_form WHERE id = :id")
# Index: signup_form_brand.
_OF_BRANDS = text("SELECT declared FROM signup_form WHERE brand = ANY(CAST(:brands AS text[])) ORDER BY id")


async def replace(connection: Connection, brand: str, forms: Sequence[Form]) -> str | None:
    """The brand's forms from now on; the id of one that another brand has already."""
    await run(connection, _DROP, brand=brand)
    for form in forms:
        declared = msgspec.json.encode({**msgspec.structs.asdict(form), _ORDER: [*form.notices]}).decode()
        if not await run(connection, _PUT, id=form.id, brand=brand, declared=declared):
            return form.id
    return None


async def form(connection: Connection, id: str) -> Form | None:
    """The form that somebody calls so; `id` may be any text, such as one from an address."""
    row = await fetch_one(connection, _GET, id=id) if id.isprintable() else None
    return _read(row.declared) if row else None


async def of_brands(connection: Connection, brands: Sequence[str]) -> list[Form]:
    return [_read(row.declared) for row in await fetch(connection, _OF_BRANDS, brands=list(brands))]


def _read(declared: dict[str, Any]) -> Form:
    # PostgreSQL sorts the names within jsonb, and the first language is the one that the brand speaks.
    notices = {language: declared["notices"][language] for language in declared[_ORDER]}
    return msgspec.convert({**declared, "notices": notices}, Form)
