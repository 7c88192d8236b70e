"""What came of the demo, judged from three sides: the accounting, the carrier's own journal, the evidence."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from yesfirst.cli.demo.stage import Stage
from yesfirst.ledger import tree
from yesfirst.ledger.checkpoint import open_checkpoint
from yesfirst.ledger.leaf import parse
from yesfirst.ledger.note import Verifier as Key
from yesfirst.ledger.text import hash_text
from yesfirst.ledger.verifier import Verifier
from yesfirst.simulator.testimony import Testimony, read
from yesfirst.store import evidence, inflight
from yesfirst.usecases.export import bundles_of
from yesfirst.usecases.log_key import read_log_key
from yesfirst.usecases.watch import Account, account

_PAGE = 5_000


@dataclass(frozen=True, slots=True)
class Proof:
    """The sealed log, and whether each of its leaves and each message's bundle holds."""

    size: int
    checkpoint: str
    bundles: int
    faults: tuple[str, ...]

    @property
    def verified(self) -> bool:
        return self.bundles > 0 and not self.faults


@dataclass(frozen=True, slots=True)
class Result:
    account: Account
    testimony: Testimony
    in_flight: int
    breaches: tuple[str, ...]
    proof: Proof
    seconds: float

    @property
    def holds(self) -> bool:
        """Whether everything that the demo is to show is so."""
        return (
            self.account.closes
            and self.proof.verified
            and not self.testimony.duplicates
            and not self.testimony.repeated
            and not self.breaches
        )


async def judge(stage: Stage, run_id: bytes, seconds: float) -> Result:
    """Adds up the run, reads the journal and verifies every record of the log."""
    accounting = await account(stage.ground, run_id)
    if accounting is None:
        raise LookupError("the demo's run is gone")
    testimony = await asyncio.to_thread(read, stage.journal)
    async with stage.ground.engine.connect() as connection:
        named = await inflight.of_run(connection, run_id)
    breaches = tuple(sid for sid in testimony.sent_after_stop if sid not in named.values())
    proof = await _prove(stage, run_id)
    return Result(accounting, testimony, len(named), breaches, proof, seconds)


async def _prove(stage: Stage, run_id: bytes) -> Proof:
    key = read_log_key(stage.settings.keys, stage.settings.log_origin).verifier
    note = (stage.settings.checkpoints / "checkpoint").read_text("utf-8")
    verifier = Verifier([key.encode()])
    faults: list[str] = []
    bundles = 0
    async for message, bundle in bundles_of(stage.ground, run_id):
        bundles += 1
        report = verifier.verify(bundle)
        if not report.status.startswith("VALID"):
            faults.append(f"message {message}: {report.where}: {report.what}")
    size, found = await _check_log(stage, note, key)
    return Proof(size, note, bundles, (*faults, *found))


async def _check_log(stage: Stage, note: str, key: Key) -> tuple[int, list[str]]:
    """Every leaf read strictly, and the tree built anew from the leaves alone."""
    checkpoint = open_checkpoint(note, key).checkpoint
    hashes: list[bytes] = []
    faults: list[str] = []
    async with stage.ground.engine.connect() as connection:
        while len(hashes) < checkpoint.size:
            page = await evidence.entries(connection, len(hashes), min(checkpoint.size, len(hashes) + _PAGE))
            faults += _unreadable(len(hashes), page)
            hashes += [tree.leaf_hash(body) for body in page]
            if not page:
                break
    if tree.root(hashes) != checkpoint.root:
        faults.append(f"the leaves do not add up to the root {hash_text(checkpoint.root)}")
    return checkpoint.size, faults


def _unreadable(first: int, bodies: Sequence[bytes]) -> Iterator[str]:
    for index, body in enumerate(bodies, first):
        try:
            parse(body)
        except ValueError as fault:
            yield f"leaf {index}: {fault}"
