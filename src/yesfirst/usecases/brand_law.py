"""A brand as it stands applied, and the rulebooks in force for it: read anew for each step, parsed once."""

from dataclasses import dataclass
from datetime import datetime

from yesfirst.intake.brand import Brand
from yesfirst.store import brands
from yesfirst.store.engine import Connection
from yesfirst.usecases.declared import read_brand
from yesfirst.usecases.ground import Ground
from yesfirst.usecases.law import Law


@dataclass(frozen=True, slots=True)
class BrandLaw:
    brand: Brand
    law: Law


async def law_of(ground: Ground, connection: Connection, brand_id: str, now: datetime) -> BrandLaw:
    """The law of a brand that was applied, as of now."""
    stored = await brands.brand(connection, brand_id)
    if stored is None:
        raise LookupError("there is no such brand")
    key = stored.declared
    known = ground.declared.get(brand_id)
    if known is None or known[0] != key:
        known = ground.declared[brand_id] = (key, read_brand(stored))
    brand = known[1]
    return BrandLaw(brand, ground.law.of(brand).in_force(now))
