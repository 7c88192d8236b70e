"""Campaigns: what their files declare, checked and planned."""

from http import HTTPStatus

from litestar import Controller, post
from litestar.di import NamedDependency

from yesfirst.intake.brand import Brand
from yesfirst.intake.campaign import Campaign
from yesfirst.intake.yamlfile import Plain
from yesfirst.usecases import documents
from yesfirst.usecases.api_keys import Caller, Capability
from yesfirst.usecases.check import Checked, check
from yesfirst.usecases.ground import Ground
from yesfirst.usecases.plan import Plan, plan
from yesfirst.web.api.access import check_brand
from yesfirst.web.api.bodies import CampaignBody
from yesfirst.web.api.repeats import Repeats


class CampaignPages(Controller):
    path = "/campaigns"

    @post("/check", status_code=HTTPStatus.OK, can=Capability.PLAN)
    async def check(
        self, data: CampaignBody, caller: NamedDependency[Caller], ground: NamedDependency[Ground]
    ) -> Checked:
        """Check a campaign against its brand and the rulebooks: what its texts lack where, and what to write."""
        return check(*await _campaign(ground, caller, data))

    @post("/plan", status_code=HTTPStatus.CREATED, can=Capability.PLAN)
    async def plan(
        self,
        data: CampaignBody,
        caller: NamedDependency[Caller],
        ground: NamedDependency[Ground],
        repeats: NamedDependency[Repeats],
    ) -> Plan:
        """Freeze a run: its audience, with a reason for everyone who is left out, and its texts."""
        return await repeats.answer(Plan, lambda: _plan(ground, caller, data))


async def _plan(ground: Ground, caller: Caller, value: dict[str, Plain]) -> Plan:
    brand, found = await _campaign(ground, caller, value)
    return await plan(ground, brand, found, caller.actor)


async def _campaign(ground: Ground, caller: Caller, value: dict[str, Plain]) -> tuple[Brand, Campaign]:
    brand, found = await documents.read_campaign_value(ground, value)
    check_brand(caller, brand.id)
    return brand, found
