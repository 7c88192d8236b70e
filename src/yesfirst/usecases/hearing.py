"""Hear people out: nobody is texted while what people have texted may not have reached us.

A web process vouches for the time that it has served. What no process has served, and whatever it failed to take in,
is a gap until somebody has read the carrier's own list of that time; claims and hand-overs wait meanwhile
(`store/hearing.py`). With the web down for long the list is read every few seconds: sending goes on by what it says.

The list is read from `MARGIN` before the point that it was read to: it may lag, and it dates texts by whole seconds and
the carrier's clock. What is on it twice is taken in once, by the carrier's id. Every few minutes it is read anyway,
since a proxy that is down loses texts unseen by the web behind it; what is younger than `WEBHOOK_WITHIN` is left to the
web then, which can answer it.

Several dispatchers may read the same at once: each text is taken in by one. A list that can't be read, or a text that
can't be taken in, moves nothing on: better to wait.

Known gaps: until the next reading goes unheard what reached a proxy that was down, and what the list was more than
`MARGIN` late with. What a keyword of the account's own advanced opt-out meant isn't on the list: its person is known by
the next text to them, which is refused.
"""

import logging
from datetime import datetime, timedelta

from yesfirst.carriers.handover import Texted
from yesfirst.carriers.twilio import Twilio
from yesfirst.store import brands, clock, hearing, inbounds
from yesfirst.store.hearing import Hearing
from yesfirst.usecases.ground import Ground
from yesfirst.usecases.inbound import InboundText, receive

BEAT_SECONDS = 2.0
"""How often a web process vouches for what it has served."""
_STALLED = timedelta(seconds=6)
"""After so long without a beat a process may have left a caller without an answer: it begins anew."""
READ_AFTER_SECONDS = 6.0
"""How old what was heard may be before the list is read: well before anybody has to wait."""
READ_EVERY_SECONDS = 300.0
"""How often it is read however well we hear."""
MARGIN = timedelta(minutes=2)
WEBHOOK_WITHIN = timedelta(minutes=1)
_log = logging.getLogger("yesfirst.hearing")


class Served:
    """What one web process can vouch for: the time since it began to serve, or since it failed last."""

    def __init__(self) -> None:
        self._since: datetime | None = None
        self._last: datetime | None = None

    def failed(self) -> None:
        """A text was not taken in: who vouched for this time would be wrong."""
        self._since = None

    async def vouch(self, ground: Ground) -> None:
        """Everything until now was taken in, if nothing before is missing."""
        async with ground.engine.begin() as connection:
            now = await clock.now(connection)
            stalled = self._last is None or not timedelta(0) <= now - self._last <= _STALLED
            if self._since is None or stalled:
                self._since = now
            await hearing.served(connection, self._since, now)
        self._last = now


async def begin(ground: Ground) -> None:
    """From now on people are heard out; an installation that had begun before goes on where it was."""
    async with ground.engine.begin() as connection:
        await hearing.begin(connection, await clock.now(connection))


async def standing(ground: Ground) -> Hearing | None:
    """How well we hear; None while nobody has begun to listen."""
    async with ground.engine.connect() as connection:
        return await hearing.read(connection)


async def catch_up(ground: Ground, carrier: Twilio) -> bool:
    """Reads the carrier's list where there is need; whether there was.

    Raises ConnectionError when the list can't be read.
    """
    async with ground.engine.connect() as connection:
        now, began = await hearing.read(connection), await clock.now(connection)
    if now is None:
        raise LookupError("nobody has begun to listen")
    unheard = now.age > READ_AFTER_SECONDS
    if not unheard and now.list_age <= READ_EVERY_SECONDS:
        return False
    until = began if unheard else began - WEBHOOK_WITHIN
    found = await _read(ground, carrier, now.listed_until - MARGIN, None if unheard else until)
    for text in found:
        await receive(ground, text)
    # A crash before this leaves texts taken in and nothing moved on: they are read again, to no effect.
    async with ground.engine.begin() as connection:
        await hearing.listed(connection, until, began if unheard else None)
    if found:
        _log.warning("%d texts were on the carrier's list alone", len(found))
    return True


async def _read(
    ground: Ground, carrier: Twilio, since: datetime, until: datetime | None
) -> list[InboundText]:
    """The texts to all of our senders that were not taken in yet, the oldest first."""
    async with ground.engine.connect() as connection:
        addresses = await brands.addresses(connection)
    texts: dict[str, tuple[datetime, InboundText]] = {}
    for address in addresses:
        for number in await carrier.numbers_of(address) if address.startswith("MG") else [address]:
            for one in await carrier.texted(to=number, since=since):
                if until is None or one.at <= until:
                    texts[one.carrier_id] = one.at, _as_delivered(one, address)
    async with ground.engine.connect() as connection:
        known = await inbounds.known(connection, list(texts))
    missed = [texts[id] for id in texts.keys() - known]
    return [text for _, text in sorted(missed, key=lambda one: (one[0], one[1].carrier_id))]


def _as_delivered(listed: Texted, address: str) -> InboundText:
    """As the webhook would have brought it, to the sender by whose number it was found."""
    addresses = tuple(dict.fromkeys((address, listed.to)))
    return InboundText(listed.carrier_id, listed.sender, addresses, listed.body, late=True)
