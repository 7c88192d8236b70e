"""Put together the evidence bundles of a run's messages, a page of people at a time.

Everything comes from one snapshot, so all bundles stand under one checkpoint. An attempt that was aborted has a
bundle of its own. What waits for its seal is not told yet: a decision is counted as waiting, an outcome is left
out and the verifier says so.

Known gaps: of what consent leaves commit to, only the number is opened; the other values are not kept. A sender
whose address has changed since is not opened, because only the new address is known. A ciphertext that someone
damaged is not opened either; the verifier says what that means, and everybody else's bundle is whole.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TypeAlias

import msgspec
from cryptography.exceptions import InvalidTag

from yesfirst.ledger import bundle, commitment, tiles
from yesfirst.ledger.bundle import Opener, Record
from yesfirst.ledger.text import id_text, parse_hash
from yesfirst.ledger.tiles import TileName
from yesfirst.store import exports
from yesfirst.store.engine import Connection
from yesfirst.store.exports import DECISION, LoggedLeaf, Person
from yesfirst.store.keyring import Keyring, unseal

PAGE = 500
_TILES_KEPT = 512
Prove: TypeAlias = Callable[[int], list[bytes]]


class _Said(msgspec.Struct, frozen=True):
    """What putting together needs of a leaf; whether the leaf is right is for the verifier to say."""

    c: dict[str, str]
    sseq: int = 0
    notice: str | None = None
    privacy: str | None = None


_said = msgspec.json.Decoder(_Said)


@dataclass(frozen=True, slots=True)
class Story:
    """One attempt to text a person: the sealed leaves that its bundle holds, its decision among them."""

    message: bytes
    person: Person
    leaves: tuple[tuple[LoggedLeaf, _Said, int], ...]

    @property
    def texts(self) -> set[str]:
        """The hashes of what was shown to the person, as text."""
        shown = (text for _, said, _ in self.leaves for text in (said.notice, said.privacy))
        return {text for text in shown if text is not None}


@dataclass(frozen=True, slots=True)
class Told:
    """The bundles of some people, by message id as text, and how many decisions wait for their seal."""

    bundles: list[tuple[str, bytes]]
    waiting: int


@dataclass(slots=True)
class Teller:
    """Tells the stories of one run under the checkpoint of one snapshot; `sender` is the run's address."""

    connection: Connection
    keyring: Keyring
    run: bytes
    sender: str | None
    size: int
    checkpoint: str
    _proofs: "_Proofs" = field(init=False)
    _texts: dict[str, bytes] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._proofs = _Proofs(self.connection, self.size)

    async def pages(self) -> AsyncIterator[Told]:
        """Everybody who was not excluded, in pages."""
        after = (-1, -1)
        while people := await exports.people(self.connection, self.run, after, PAGE):
            yield await self.tell(people)
            after = people[-1].lane, people[-1].position

    async def tell(self, people: Sequence[Person]) -> Told:
        """Every sealed decision of the run about these people."""
        leaves = await exports.leaves(self.connection, self.run, [person.subject for person in people])
        stories = list(_stories(people, leaves))
        waiting = sum(leaf.t == DECISION and leaf.index is None for leaf in leaves)
        prove = await self._proofs.prover(index for story in stories for _, _, index in story.leaves)
        await self._read_texts(stories)
        return Told(await asyncio.to_thread(self._bundles, stories, prove), waiting)

    def _bundles(self, stories: Iterable[Story], prove: Prove) -> list[tuple[str, bytes]]:
        return [(id_text(story.message), self._bundle(story, prove)) for story in stories]

    def _bundle(self, story: Story, prove: Prove) -> bytes:
        records = [Record(index, leaf.body, tuple(prove(index))) for leaf, _, index in story.leaves]
        blobs = [self._texts[text] for text in sorted(story.texts) if text in self._texts]
        openers = _openers(self.keyring, story, self.sender)
        return bundle.build(story.message, self.checkpoint, records, openers, blobs)

    async def _read_texts(self, stories: Iterable[Story]) -> None:
        wanted = {text for story in stories for text in story.texts} - self._texts.keys()
        if wanted:
            hashes = {parse_hash(text): text for text in wanted}
            found = await exports.notices(self.connection, hashes)
            self._texts.update({hashes[hash]: body for hash, body in found.items()})


class _Proofs:
    """What inclusion proofs need of the tree: tiles are read once and kept, until there are too many."""

    def __init__(self, connection: Connection, size: int) -> None:
        self._connection, self._size = connection, size
        self._forget()

    def _forget(self) -> None:
        self._tiles: dict[TileName, bytes] = {}
        self._prove: Prove = tiles.prover_of(self._size, self._tiles.__getitem__)

    async def prover(self, indices: Iterable[int]) -> Prove:
        """What proves these leaves."""
        if len(self._tiles) > _TILES_KEPT:
            self._forget()
        names = {name for index in indices for name in tiles.proof_names(index, self._size)}
        missing = {(name.level or 0, name.index): name for name in names - self._tiles.keys()}
        if missing:
            found = await exports.tiles(self._connection, missing)
            self._tiles.update({missing[place]: hashes for place, hashes in found.items()})
        return self._prove


def _stories(people: Iterable[Person], leaves: Iterable[LoggedLeaf]) -> Iterator[Story]:
    """The attempts whose decision is sealed."""
    by_subject: dict[bytes, list[tuple[LoggedLeaf, _Said, int]]] = {}
    for leaf in leaves:
        if leaf.index is not None:
            told = (leaf, _said.decode(leaf.body), leaf.index)
            by_subject.setdefault(leaf.subject, []).append(told)
    for person in people:
        sealed = by_subject.get(person.subject, [])
        for decision, decided, _ in sealed:
            if decision.t == DECISION:
                kept = [
                    (leaf, said, index)
                    for leaf, said, index in sealed
                    if (leaf.t.startswith("consent.") and said.sseq <= decided.sseq)
                    or leaf.t == "subject.erased"
                    or decision.rid in (leaf.message, leaf.rid)
                ]
                yield Story(decision.rid, person, tuple(kept))


def _openers(keyring: Keyring, story: Story, sender: str | None) -> Iterator[Opener]:
    """What explains the number, the text and the sender; nothing once the person's key is destroyed."""
    person = story.person
    if person.wrapped_key is None or person.phone_sealed is None:
        return
    key = keyring.unwrap(person.wrapped_key, person.subject)
    agreed = _unsealed(key, {"phone": person.phone_sealed})
    decided = agreed | _unsealed(key, {"body": person.body_sealed})
    for leaf, said, index in story.leaves:
        for name, value in (decided if leaf.t == DECISION else agreed).items():
            if name in said.c:
                yield Opener(index, name, value, commitment.opener(key, leaf.rid, name))
        if leaf.t == DECISION and sender is not None:
            opener = commitment.opener(key, leaf.rid, "sender")
            if commitment.opens(opener, "sender", sender, parse_hash(said.c["sender"])):
                yield Opener(index, "sender", sender, opener)


def _unsealed(key: bytes, columns: dict[str, bytes]) -> dict[str, str]:
    """The values that are whole."""
    values: dict[str, str] = {}
    for name, sealed in columns.items():
        with suppress(InvalidTag):
            values[name] = unseal(key, name, sealed)
    return values
