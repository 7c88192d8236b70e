"""A test of a campaign to one's own number: a run of its own for one person, through the whole protocol.

The person needs a consent as everybody does. Whether they belong to the audience is not asked, and a test may be
repeated; nobody else is texted, so the planner may approve it.
"""

import msgspec

from yesfirst.errors import Refused
from yesfirst.intake.brand import Brand
from yesfirst.intake.campaign import Campaign
from yesfirst.ledger.text import parse_id
from yesfirst.rules.audience import All, Audience
from yesfirst.store import runs, subjects
from yesfirst.usecases import control
from yesfirst.usecases.actors import Actor
from yesfirst.usecases.declared import find_brand
from yesfirst.usecases.ground import Ground
from yesfirst.usecases.plan import Plan, plan


async def campaign_of(ground: Ground, run_id: bytes) -> tuple[Brand, Campaign]:
    """The campaign that a run has frozen, and its brand; raises Refused (RUN_UNKNOWN)."""
    async with ground.engine.connect() as connection:
        run = await runs.get(connection, run_id)
    if run is None:
        raise Refused("RUN_UNKNOWN", "There is no such run.", "`yesfirst campaign runs` lists them.")
    return await find_brand(ground, run.brand), msgspec.json.decode(run.declared, type=Campaign)


async def try_out(ground: Ground, brand: Brand, campaign: Campaign, e164: str, actor: Actor) -> Plan:
    """Plans, approves and starts a run to one number; raises Refused (NUMBER_UNKNOWN) without a valid consent."""
    async with ground.engine.connect() as connection:
        subject = await subjects.find(connection, brand.id, ground.keyring.lookup_of(brand.id, e164))
    if subject is None:
        raise _unknown(campaign, "CONSENT_MISSING")
    to_anybody = msgspec.structs.replace(campaign, audience=Audience(All(())))
    planned = await plan(ground, brand, to_anybody, actor, only=subject)
    run_id = parse_id(planned.run)
    if not planned.messages:
        await control.cancel(ground, run_id)
        raise _unknown(campaign, *planned.excluded)
    await control.approve(ground, run_id, actor)
    await control.start(ground, run_id)
    return planned


def _unknown(campaign: Campaign, *reasons: str) -> Refused:
    return Refused(
        "NUMBER_UNKNOWN",
        f"That number may not be texted for {campaign.purpose}: {', '.join(reasons)}.",
        "A test is a text as any other and needs a consent: import the number with the notice you agreed to.",
    )
