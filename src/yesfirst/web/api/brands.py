"""Brands: what their files declare, in and out.

Two people may have the same brand before them. A change names the version that it was made to, the `ETag` of the
answer that was read, in `If-Match`; nobody overwrites by leaving it out.
"""

from http import HTTPStatus
from typing import Annotated

from litestar import Controller, Response, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, HeaderParameter
from msgspec import Struct

from yesfirst.intake.brand import Brand
from yesfirst.ledger.text import hash_text
from yesfirst.store import brands
from yesfirst.usecases import documents
from yesfirst.usecases.api_keys import Caller, Capability
from yesfirst.usecases.declared import change_brand, create_brand, read_brand, version_of
from yesfirst.usecases.ground import Ground
from yesfirst.web.api.access import brand_for, brand_in_path
from yesfirst.web.api.bodies import AppliedFiles, BrandBody
from yesfirst.web.api.repeats import Repeats
from yesfirst.web.problems import problem

_ANY = "*"
IfMatch = Annotated[
    str | None,
    HeaderParameter(
        name="If-Match",
        description="The ETag of the brand as it was read; * for a brand that is changed here alone.",
    ),
]


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
    ) -> Response[AppliedBrand]:
        """A brand as declared, with its notices; its `ETag` goes with a change."""
        return await _applied(ground, caller, brand)

    @post(status_code=HTTPStatus.OK, can=Capability.PLAN)
    async def create(
        self,
        data: BrandBody,
        caller: NamedDependency[Caller],
        ground: NamedDependency[Ground],
        repeats: NamedDependency[Repeats],
    ) -> Response[AppliedBrand]:
        """Create a brand with its notices; doing so again changes nothing and answers with the brand as it is."""
        brand = await repeats.answer(str, lambda: _create(ground, caller, data))
        return await _applied(ground, caller, brand)

    @put("/{brand:str}", can=Capability.PLAN)
    async def change(
        self,
        brand: FromPath[str],
        data: BrandBody,
        caller: NamedDependency[Caller],
        ground: NamedDependency[Ground],
        if_match: IfMatch = None,
    ) -> Response[AppliedBrand]:
        """Change a brand and its notices, as they were read."""
        await brand_in_path(caller, ground, brand)
        declared, notices = documents.read_brand_value(data.brand, data.notices)
        _check_same(brand, declared)
        await _check_controller(caller, ground, declared)
        await change_brand(ground, declared, notices, _version_read(if_match))
        return await _applied(ground, caller, brand)


async def _create(ground: Ground, caller: Caller, data: AppliedFiles) -> str:
    """The id of the brand."""
    declared, notices = documents.read_brand_value(data.brand, data.notices)
    await _check_controller(caller, ground, declared)
    await create_brand(ground, declared, notices)
    return declared.id


def _version_read(if_match: str | None) -> str | None:
    """The version that the caller has read; None for any."""
    if if_match is None:
        detail = "Say in If-Match which version you change: the ETag of the brand as you read it, or *."
        raise problem(HTTPStatus.PRECONDITION_REQUIRED, "IF_MATCH_MISSING", detail)
    return None if if_match.strip() == _ANY else if_match.strip().removeprefix('"').removesuffix('"')


def _check_same(brand: str, declared: Brand) -> None:
    if declared.id != brand:
        detail = "The body declares another brand than the address names."
        raise problem(HTTPStatus.UNPROCESSABLE_ENTITY, "BRAND_INVALID", detail)


async def _check_controller(caller: Caller, ground: Ground, declared: Brand) -> None:
    """A key for one brand can't move it to another controller: that would give it that controller's senders."""
    if caller.brand is not None:
        before = await brand_for(caller, ground, declared.id)
        if before.controller != declared.controller:
            raise problem(HTTPStatus.FORBIDDEN, "CONTROLLER_FORBIDDEN", "The key is for one brand as it is.")


async def _applied(ground: Ground, caller: Caller, name: str) -> Response[AppliedBrand]:
    # The version is read first: if somebody writes in between, it is too old for what is shown, which is refused.
    version = await version_of(ground, name)
    brand = await brand_in_path(caller, ground, name)
    notices = [
        AppliedNotice(hash_text(one.sha256), one.id, one.version, one.language, one.kind, list(one.purposes))
        for one in await documents.notices_of(ground, brand)
    ]
    return Response(AppliedBrand(brand, notices), headers={"ETag": f'"{version}"'})
