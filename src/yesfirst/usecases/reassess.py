"""Place people and compute their eligibility anew when the rulebooks they stand under are no longer in force.

Until that is done nobody can be claimed or called under the old ones; a crash leaves whole batches done and the
rest as it was. It is also done at the first touch of a person, so that no event is judged by rules that went.

Known gaps: while processes with different rulebooks run side by side, each takes the people back; a new release
of the numbering data alone makes nobody stale.
"""

from collections.abc import Sequence
from dataclasses import replace

from yesfirst.store import places, subjects
from yesfirst.store.engine import Connection
from yesfirst.store.keyring import unseal
from yesfirst.store.places import SubjectPlace
from yesfirst.store.subjects import SubjectHead
from yesfirst.usecases import consents
from yesfirst.usecases.ground import Ground

BATCH = 1_000
"""People per transaction; about half a second of work."""


async def reassess_all(ground: Ground) -> None:
    """Until nobody is left whom no other transaction holds."""
    while await reassess_some(ground):
        pass


async def reassess_some(ground: Ground) -> int:
    """One batch; how many. Costs a few index seeks when nobody is stale, and several processes may share it."""
    async with ground.engine.begin() as connection:
        stale = await places.lock_stale(connection, ground.law.active, BATCH)
        if stale:
            await reassess(ground, connection, await subjects.heads(connection, ground.keyring, stale))
    return len(stale)


async def reassess(
    ground: Ground, connection: Connection, people: Sequence[SubjectHead]
) -> list[SubjectHead]:
    """Places locked subjects under the rulebooks now in force, with their eligibility; the subjects as they are now.

    Those who stand under them already are left as they are.
    """
    active = frozenset(ground.law.active)
    now = [head if head.law in active else _placed(ground, head) for head in people]
    moved = [head for head, before in zip(now, people, strict=True) if head is not before]
    if moved:
        placed = [SubjectPlace(head.id, head.rulebooks, head.window_class, head.law) for head in moved]
        await places.put(connection, placed)
        await consents.recompute(ground, connection, moved)
    return now


def _placed(ground: Ground, head: SubjectHead) -> SubjectHead:
    place = ground.law.place_of(unseal(head.key, "phone", head.phone_sealed))
    return replace(head, rulebooks=place.rulebooks, window_class=place.window_class, law=place.law)
