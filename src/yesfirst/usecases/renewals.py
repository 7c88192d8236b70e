"""Ask people to renew what will end: once for each consent, while it holds, and silence renews nothing.

Nobody is asked who could not be texted now, or whose place wants more said than the brand's text says. A consent that
rests on a relationship is not renewed by a reply: it lasts as long after the purchase as the law says.

People are taken in pages, one transaction each. Whoever was asked stays asked, so a request that was interrupted is
made again, and goes on.

Known gaps: the request comes from the brand's first sender; who has two consents that end gets two requests, and each
Y renews one, the older first.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from yesfirst.errors import Refused
from yesfirst.intake import vocabulary
from yesfirst.intake.asking import fill
from yesfirst.intake.brand import Brand
from yesfirst.intake.renewal_advice import renewal_wordings
from yesfirst.rules.content import request_findings
from yesfirst.rules.reason import Reason, in_order
from yesfirst.rules.ruling import Ruling
from yesfirst.rules.wording import Wording
from yesfirst.store import asks, clock, renewals, rulings, subjects
from yesfirst.store.asks import AskKind, NewAsk
from yesfirst.store.engine import Connection
from yesfirst.store.keyring import new_id, seal
from yesfirst.store.renewals import Ending, Ends
from yesfirst.usecases.brand_law import law_of
from yesfirst.usecases.ground import Ground
from yesfirst.usecases.law import Law
from yesfirst.usecases.reassess import reassess_all

DAYS = (7, 30, 90)
"""Within how many days consents are counted as ending."""
PAGE = 1_000
_ASK_WITHIN = timedelta(days=7)
"""A request that comes later than that was made for another day."""
_TICK = timedelta(milliseconds=1)
ALREADY_ASKED, RESTS_ON_RELATIONSHIP = "ALREADY_ASKED", "RESTS_ON_RELATIONSHIP"


@dataclass(frozen=True, slots=True)
class Expiring:
    """Consents to a purpose that hold, and how many of them end within so many days; who ends soon counts each time."""

    purpose: str
    holding: int
    within_days: dict[int, int]


@dataclass(frozen=True, slots=True)
class Renewal:
    """Whom a request to renew found: `asked`, and by reason those who were left out. `dry_run`: nobody was asked."""

    brand: str
    purpose: str
    within_days: int
    asked: int
    left_out: dict[str, int]
    dry_run: bool


async def expiring(ground: Ground, brand: Brand, purpose: str | None = None) -> list[Expiring]:
    """What will end, by purpose. Raises Refused (PURPOSE_UNKNOWN)."""
    _check_purpose(brand, purpose)
    await reassess_all(ground)
    async with ground.engine.connect() as connection:
        found = {one.purpose: one for one in await renewals.count(connection, brand.id, DAYS)}
    wanted = [purpose] if purpose else [*brand.purposes]
    nothing = Ends("", 0, (0, 0, 0))
    return [
        Expiring(name, one.holding, dict(zip(DAYS, one.within, strict=True)))
        for name in wanted
        for one in [found.get(name, nothing)]
    ]


async def ask_to_renew(
    ground: Ground, brand: Brand, purpose: str, days: int, *, dry_run: bool = False
) -> Renewal:
    """Leaves a request for everybody whose consent ends within so many days and who may be asked.

    Raises Refused (PURPOSE_UNKNOWN, RENEWAL_TEXT_MISSING).
    """
    _check_purpose(brand, purpose)
    if not brand.replies.renew:
        raise Refused(
            "RENEWAL_TEXT_MISSING",
            f"The brand {brand.id} has no text that asks to renew.",
            "Add replies.renew to the brand file, and apply it.",
        )
    await reassess_all(ground)
    request = _Request(ground, brand, purpose, days, dry_run)
    after = b""
    while page := await request.page(after):
        # A crash right here leaves whole pages asked; the same request, made again, finds them so.
        after = page[-1].subject
    return Renewal(brand.id, purpose, days, request.asked, dict(sorted(request.left_out.items())), dry_run)


def _check_purpose(brand: Brand, purpose: str | None) -> None:
    if purpose is not None and purpose not in brand.purposes:
        known = ", ".join(brand.purposes)
        raise Refused("PURPOSE_UNKNOWN", f"The brand has no purpose {purpose!r}.", f"It has {known}.")


@dataclass(slots=True)
class _Request:
    ground: Ground
    brand: Brand
    purpose: str
    days: int
    dry_run: bool
    asked: int = 0
    left_out: Counter[str] = field(default_factory=Counter)
    _wordings: dict[str, Wording] = field(init=False)

    def __post_init__(self) -> None:
        self._wordings = renewal_wordings(self.brand)

    async def page(self, after: bytes) -> Sequence[Ending]:
        """Asks the people of one page, in one transaction; who they were."""
        async with self.ground.engine.begin() as connection:
            page = await self._ending(connection, after, None)
            if not page:
                return ()
            found = page if self.dry_run else await self._locked(connection, page)
            now = await clock.now(connection)
            law = (await law_of(self.ground, connection, self.brand.id, now)).law
            bodies = await rulings.bodies(connection, sorted({one.ruling for one in found}))
            new: list[NewAsk] = []
            for one in found:
                reason = self._against(law, bodies[one.ruling], one)
                if reason is None:
                    new.append(self._request(one, now))
                else:
                    self.left_out[reason] += 1
            if new and not self.dry_run:
                await asks.put(connection, new)
        self.asked += len(new)
        return page

    async def _locked(self, connection: Connection, page: Sequence[Ending]) -> list[Ending]:
        """Who of them is still there, locked: what was read before may have changed while waiting for the locks."""
        ids = [one.subject for one in page]
        await subjects.lock(connection, ids)
        return await self._ending(connection, b"", ids)

    async def _ending(self, connection: Connection, after: bytes, only: list[bytes] | None) -> list[Ending]:
        return await renewals.ending(
            connection, self.brand.id, self.purpose, self.days, after=after, only=only, most=PAGE
        )

    def _against(self, law: Law, ruling: Ruling, one: Ending) -> str | None:
        """The first reason not to ask, if there is one."""
        if one.asked:
            return ALREADY_ASKED
        if one.kind in vocabulary.relationship_kinds():
            return RESTS_ON_RELATIONSHIP
        lacking = request_findings(self._wordings[self._language(one)], law.books_of(ruling))
        reasons = in_order([*map(Reason, one.reasons), *(finding.reason for finding in lacking)])
        return reasons[0] if reasons else None

    def _request(self, one: Ending, now: datetime) -> NewAsk:
        key = self.ground.keyring.unwrap(one.wrapped_key, one.subject)
        language = self._language(one)
        # An end is exclusive: the last day is the one that its last instant lies in.
        days = {"since": self._day(one.given), "until": self._day(one.ends - _TICK)}
        return NewAsk(
            id=new_id(),
            subject=one.subject,
            kind=AskKind.RENEW,
            of=one.of,
            sender=self.brand.senders[0].id,
            language=language,
            body_sealed=seal(key, "body", fill(self.brand.replies.renew[language], days)),
            not_before=now,
            by=min(one.ends - _TICK, now + _ASK_WITHIN),
        )

    def _language(self, one: Ending) -> str:
        texts = self.brand.replies.renew
        return one.language if one.language is not None and one.language in texts else self.brand.languages[0]

    def _day(self, at: datetime) -> str:
        return at.astimezone(self.brand.time_zone).date().isoformat()
