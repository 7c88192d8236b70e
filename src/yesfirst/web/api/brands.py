"""Brands: what their files declare, in and out."""

from http import HTTPStatus

from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from msgspec import Struct

from yesfirst.intake.brand import Brand
from yesfirst.ledger.text import hash_text
from yesfirst.store import brands
from yesfirst.usecases import documents
from yesfirst.usecases.api_keys import Caller, Capability
from yesfirst.usecases.declared import apply_brand, read_brand
from yesfirst.usecases.ground import Ground
from yesfirst.web.api.access import brand_for
from yesfirst.web.api.bodies import BrandBody
from yesfirst.web.problems import problem


class BrandSummary(Struct, frozen=True):
    brand: str
    name: str
    controller: str
    purposes: list[str]


class AppliedNotice(Struct, frozen=True):
    """A notice; `sha256` (base64url) names it where people are added."""

    sha256: str
    id: str
    version: str
    language: str
    kind: str
    purposes: list[str]


class AppliedBrand(Struct, frozen=True):
    """A brand as declared, and every notice that it ever applied."""

    brand: Brand
    notices: list[AppliedNotice]


class BrandPages(Controller):
    path = "/brands"

    @get(can=Capability.READ)
    async def list_brands(
        self, caller: NamedDependency[Caller], ground: NamedDependency[Ground]
    ) -> list[BrandSummary]:
        """The brands that this key may use."""
        async with ground.engine.connect() as connection:
            applied = [read_brand(stored) for stored in await brands.all_brands(connection)]
        mine = [one for one in applied if caller.may_use(one.id)]
        return [BrandSummary(one.id, one.name, one.controller, list(one.purposes)) for one in mine]

    @get("/{brand:str}", can=Capability.READ)
    async def get_brand(
        self, brand: FromPath[str], caller: NamedDependency[Caller], ground: NamedDependency[Ground]
    ) -> AppliedBrand:
        """A brand as declared, with its notices."""
        return await _applied(ground, await brand_for(caller, ground, brand))

    @post(status_code=HTTPStatus.OK, can=Capability.PLAN)
    async def apply(
        self, data: BrandBody, caller: NamedDependency[Caller], ground: NamedDependency[Ground]
    ) -> AppliedBrand:
        """Apply a brand and its notices; doing so again changes nothing."""
        declared, notices = documents.read_brand_value(data.brand, data.notices)
        await _check_controller(caller, ground, declared)
        await apply_brand(ground, declared, notices)
        return await _applied(ground, declared)


async def _check_controller(caller: Caller, ground: Ground, declared: Brand) -> None:
    """A key for one brand can't move it to another controller: that would give it that controller's senders."""
    if caller.brand is not None:
        before = await brand_for(caller, ground, declared.id)
        if before.controller != declared.controller:
            raise problem(HTTPStatus.FORBIDDEN, "CONTROLLER_FORBIDDEN", "The key is for one brand as it is.")


async def _applied(ground: Ground, brand: Brand) -> AppliedBrand:
    notices = [
        AppliedNotice(hash_text(one.sha256), one.id, one.version, one.language, one.kind, list(one.purposes))
        for one in await documents.notices_of(ground, brand)
    ]
    return AppliedBrand(brand, notices)
