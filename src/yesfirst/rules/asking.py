"""May somebody be asked whether they agree? Limits on what a form or a list can make us send.

Whoever types a number into a form need not be the one who has it, so what is sent is one question without
marketing, seldom. Nobody is asked who said no: they come back by themselves.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum

from yesfirst.rules.consent import ConsentEvent, Standing

ANSWER_WITHIN = timedelta(days=30)
"""How long a question stands; a Y that comes later confirms nothing."""
REMIND_AFTER = timedelta(days=3)
SELDOM = timedelta(days=180)
MOST = 2
"""Questions in any `SELDOM`, whatever came of them."""


class NotAsked(StrEnum):
    REFUSED = "refused"
    HELD = "held"
    AGREED = "agreed"
    WAITING = "waiting"
    OFTEN = "often"


def may_ask(
    standings: Sequence[Standing],
    *,
    refused: bool,
    held: bool,
    asked: Sequence[datetime],
    notice: bytes,
    now: datetime,
) -> NotAsked | None:
    """None where a question may go out now; `standings` of what would be asked about, `asked` when it was before."""
    # 网络数据安全管理条例第二十二条第五项: whoever has refused isn't asked again frequently; here, not at all.
    if refused:
        return NotAsked.REFUSED
    if held:
        return NotAsked.HELD
    if all(_says_so(standing.open, notice, now) for standing in standings):
        return NotAsked.AGREED
    if any(is_awaited(standing.pending, now) for standing in standings):
        return NotAsked.WAITING
    # The same article: somebody who leaves two questions without an answer has answered.
    if sum(now - SELDOM < at for at in asked) >= MOST:
        return NotAsked.OFTEN
    return None


def is_awaited(pending: ConsentEvent | None, now: datetime) -> bool:
    """Whether a yes to this question still counts."""
    return pending is not None and now < pending.at + ANSWER_WITHIN


def _says_so(event: ConsentEvent | None, notice: bytes, now: datetime) -> bool:
    return event is not None and event.notice == notice and (event.exp is None or now < event.exp)
