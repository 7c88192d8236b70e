"""People of whom everything is held, since they wrote what may be a refusal; and how they are let go."""

from datetime import datetime

from yesfirst.rules.delivery import State
from yesfirst.rules.reason import Reason
from yesfirst.store import messages, reviews, subjects
from yesfirst.store.engine import Connection
from yesfirst.store.keyring import new_id
from yesfirst.store.subjects import SubjectHead


async def settle_replies(connection: Connection, subject: SubjectHead, resolution: str, at: datetime) -> None:
    """What a locked subject says clearly ends what was unclear before."""
    if subject.held_at is None:
        return
    await reviews.resolve_replies(connection, subject.id, resolution, at)
    await let_go(connection, subject.id)


async def let_go(connection: Connection, subject: bytes) -> None:
    """Lets a locked subject go: messages that were held are judged again, each under a new id."""
    await subjects.let_go(connection, subject)
    held = await reviews.in_review(connection, subject, Reason.REPLY_UNCLEAR)
    await messages.lock(connection, held)
    await messages.abort(connection, [(id, new_id()) for id in held], [State.REVIEW])
