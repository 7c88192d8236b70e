"""Consents that will end: counted, and their people asked to renew them.

To ask is to text people, so it takes a key that may run.
"""

from http import HTTPStatus
from typing import Annotated

from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter
from msgspec import Struct

from yesfirst.usecases.api_keys import Caller, Capability
from yesfirst.usecases.ground import Ground
from yesfirst.usecases.renewals import Expiring, Renewal, ask_to_renew, expiring
from yesfirst.web.api.access import brand_in_path
from yesfirst.web.api.bodies import RenewBody
from yesfirst.web.api.repeats import Repeats

Purpose = Annotated[str | None, QueryParameter(description="Only the consents to this purpose.")]


class ExpiringPage(Struct, frozen=True):
    brand: str
    purposes: list[Expiring]


class RenewalPages(Controller):
    path = "/brands/{brand:str}/renewals"

    @get(can=Capability.READ)
    async def count(
        self,
        brand: FromPath[str],
        caller: NamedDependency[Caller],
        ground: NamedDependency[Ground],
        purpose: Purpose = None,
    ) -> ExpiringPage:
        """How many consents will end within 7, 30 and 90 days, by themselves or by law."""
        known = await brand_in_path(caller, ground, brand)
        return ExpiringPage(known.id, await expiring(ground, known, purpose))

    @post(status_code=HTTPStatus.OK, can=Capability.RUN)
    async def ask(
        self,
        brand: FromPath[str],
        data: RenewBody,
        caller: NamedDependency[Caller],
        ground: NamedDependency[Ground],
        repeats: NamedDependency[Repeats],
    ) -> Renewal:
        """Ask people by text to renew what will end; who was asked is not asked again."""
        return await repeats.answer(Renewal, lambda: _ask(ground, caller, brand, data))


async def _ask(ground: Ground, caller: Caller, brand: str, wanted: RenewBody) -> Renewal:
    known = await brand_in_path(caller, ground, brand)
    return await ask_to_renew(ground, known, wanted.purpose, wanted.within_days, dry_run=wanted.dry_run)
