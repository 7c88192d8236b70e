"""Where everybody of a run stands: the accounting that closes to the last person."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from yesfirst.ledger.text import id_text
from yesfirst.rules.delivery import BINS, Bin, Receipt, State
from yesfirst.store import accounts, runs
from yesfirst.store.accounts import Tally
from yesfirst.store.engine import snapshot
from yesfirst.store.runs import RunState
from yesfirst.usecases.ground import Ground


@dataclass(frozen=True, slots=True)
class Account:
    """audience = excluded + denied + deferred + review + waiting + in_hand + accepted + failed + unknown
    + window_closed + cancelled; `delivered` is a part of accepted."""

    run: str
    campaign: str
    state: RunState
    audience: int
    excluded: dict[str, int]
    denied: dict[str, int]
    deferred: dict[str, int]
    review: int
    waiting: int
    in_hand: int
    accepted: int
    delivered: int
    failed: int
    unknown: int
    window_closed: int
    cancelled: int
    started_at: datetime | None
    finished_at: datetime | None

    @property
    def closes(self) -> bool:
        """Whether everybody of the audience is in exactly one bin."""
        return self.audience == (
            sum(self.excluded.values())
            + sum(self.denied.values())
            + sum(self.deferred.values())
            + self.review
            + self.waiting
            + self.in_hand
            + self.accepted
            + self.failed
            + self.unknown
            + self.window_closed
            + self.cancelled
        )


async def account(ground: Ground, run_id: bytes) -> Account | None:
    """The run's accounting now, from one snapshot; None if there is no such run."""
    async with snapshot(ground.engine) as connection:
        run = await runs.get(connection, run_id)
        if run is None:
            return None
        tallies = await accounts.tallies(connection, run_id)
        excluded = await accounts.excluded(connection, run_id)
    bins = in_bins(tallies)
    return Account(
        run=id_text(run.id),
        campaign=run.campaign,
        state=run.state,
        audience=run.counts["audience"],
        excluded=excluded,
        denied=_by_reason(tallies, Bin.DENIED),
        deferred=_by_reason(tallies, Bin.DEFERRED),
        review=bins[Bin.REVIEW],
        waiting=bins[Bin.WAITING],
        in_hand=bins[Bin.IN_HAND],
        accepted=bins[Bin.ACCEPTED],
        delivered=sum(
            tally.people
            for tally in tallies
            if tally.receipt == Receipt.DELIVERED and tally.state == State.ACCEPTED
        ),
        failed=bins[Bin.FAILED],
        unknown=bins[Bin.UNKNOWN],
        window_closed=bins[Bin.WINDOW_CLOSED],
        cancelled=bins[Bin.CANCELLED],
        started_at=run.started_at,
        finished_at=run.finished_at,
    )


def in_bins(tallies: Sequence[Tally]) -> Counter[Bin]:
    """How many people are in each bin, those aside who were left out at planning."""
    bins: Counter[Bin] = Counter()
    for tally in tallies:
        bins[BINS[State(tally.state)]] += tally.people
    return bins


def _by_reason(tallies: Sequence[Tally], wanted: Bin) -> dict[str, int]:
    reasons: Counter[str] = Counter()
    for tally in tallies:
        if BINS[State(tally.state)] is wanted:
            reasons[tally.reason or "UNSTATED"] += tally.people
    return dict(sorted(reasons.items()))
