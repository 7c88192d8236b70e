"""What a person does on their own page: withdraw, and ask to have something corrected or deleted.

To withdraw what is withdrawn changes nothing, so that a page that is sent twice is one act.
"""

from datetime import timedelta

from yesfirst.ledger.text import id_text
from yesfirst.rules.attempts import Counted
from yesfirst.rules.consent import fold, standing_of
from yesfirst.store import clock
from yesfirst.store.engine import Connection
from yesfirst.store.reviews import Kind
from yesfirst.usecases.attempts import attempt
from yesfirst.usecases.consents import EVERYTHING
from yesfirst.usecases.ground import Ground
from yesfirst.usecases.held import settle_replies
from yesfirst.usecases.own_link import Owner, owner_of
from yesfirst.usecases.own_page import chain_of, refused_purposes
from yesfirst.usecases.review import open_review
from yesfirst.usecases.withdraw import withdraw

WISHES = (Kind.CORRECTION, Kind.DELETION)
LONGEST_WISH = 1_000


async def withdraw_here(ground: Ground, token: str, purpose: str | None) -> bool:
    """Withdraws one purpose, or everything (None); False if the token leads nowhere."""
    async with ground.engine.begin() as connection:
        owner = await owner_of(ground, connection, token)
        if owner is None:
            return False
        if await _is_new(ground, connection, owner, purpose):
            await _withdraw(ground, connection, owner, EVERYTHING if purpose is None else (purpose,))
    return True


async def _is_new(ground: Ground, connection: Connection, owner: Owner, purpose: str | None) -> bool:
    """Whether to say no to this says anything that wasn't said."""
    if owner.head.suppressed_at is not None:
        return False
    if purpose is None:
        return True
    standing = standing_of(fold(await chain_of(connection, owner)), purpose, "sms")
    if standing.open is not None or standing.pending is not None:
        return True
    refused = await refused_purposes(ground, connection, owner)
    return purpose in owner.brand.purposes and purpose not in refused


async def _withdraw(ground: Ground, connection: Connection, owner: Owner, purposes: tuple[str, ...]) -> None:
    [done] = await withdraw(
        ground, connection, [owner.brand.id], owner.e164, via="web", private={}, purposes=purposes
    )
    if purposes == EVERYTHING:
        await settle_replies(connection, owner.head, "stop", done.at)


async def wish(ground: Ground, token: str, kind: Kind, said: str | None) -> timedelta | None:
    """Leaves a wish for somebody to carry out; how long to wait instead, after too many of them."""
    async with ground.engine.begin() as connection:
        owner = await owner_of(ground, connection, token)
    if owner is None:
        return None
    wait = await attempt(ground, {Counted.WISH: id_text(owner.head.id)})
    if wait is None:
        async with ground.engine.begin() as connection:
            await open_review(connection, owner.head, kind, said, await clock.now(connection))
    return wait
