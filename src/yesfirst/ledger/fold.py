"""The consent fold: what a subject's chain of consent leaves adds up to.

Leaves are folded in `sseq` order. For each pair of purpose and channel:

- A withdrawal closes the open and the pending agreement it covers, always, and remembers its `at`.
- An agreement (grant, confirm, renew) takes effect only if its `given` is later than the `at` of every
  earlier withdrawal that covers the pair, and only if it is not earlier than the `given` of what it replaces.
  Without effect it changes nothing, and does not break the chain.
- A grant opens; with method `double` it becomes the pending one instead, and leaves an open one alone.
- A confirm must name, for each purpose it lists, the pending grant and the same notice; it opens, and the
  grant is no longer pending.
- A renew must name, for each purpose it lists, what is open, and have `at` before its `exp`.

Everything else breaks the chain: a leaf of another type, subject or brand, a gap in `sseq` or `prev`, `given`
after `at`, a confirm or renew of something else. Expiry does not close: `exp` is compared by whoever asks.

Times are compared as text: UTC milliseconds sort as they are written. `verifier.py` states this fold again
without imports; tests hold the two together on random histories.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from yesfirst.ledger.contents import Agreement, Confirm, ConsentLeaf, Grant, Renew, Withdraw
from yesfirst.ledger.leaf import ParsedLeaf

Pair: TypeAlias = tuple[str, str]  # (purpose, channel)


class BrokenChain(ValueError):
    """A leaf that can't stand where it stands; the message names its `sseq` and the rule."""


@dataclass(frozen=True, slots=True)
class Standing:
    """An agreement in force or pending: the hash of its leaf, and what later leaves are held against."""

    leaf: str
    given: str
    exp: str | None
    notice: str


@dataclass(frozen=True, slots=True)
class ChainState:
    """The fold of the first `length` leaves; `head` is the hash of the last, `head_at` its time."""

    sid: str | None = None
    brand: str | None = None
    length: int = 0
    head: str | None = None
    head_at: str | None = None
    open: Mapping[Pair, Standing] = field(default_factory=dict)
    pending: Mapping[Pair, Standing] = field(default_factory=dict)
    withdrawn: Mapping[Pair, str] = field(default_factory=dict)  # the purpose may be `*`

    def withdrawn_at(self, pair: Pair) -> str:
        """Return the latest `at` of the withdrawals covering the pair, or an empty text, before all times."""
        purpose, channel = pair
        return max(self.withdrawn.get((purpose, channel), ""), self.withdrawn.get(("*", channel), ""))


def fold(leaves: Iterable[ParsedLeaf]) -> ChainState:
    """Fold a whole chain from `sseq` 0; BrokenChain names the first leaf that can't stand."""
    state = ChainState()
    for leaf in leaves:
        state = extend(state, leaf)
    return state


def extend(state: ChainState, leaf: ParsedLeaf) -> ChainState:
    """Fold one more leaf; BrokenChain if it can't stand here."""
    link = leaf.content
    if not isinstance(link, ConsentLeaf):
        raise BrokenChain(f"{link.t} is no consent leaf")
    _refuse_misfit(state, link)
    state = replace(
        state, sid=link.sid, brand=link.brand, length=link.sseq + 1, head=leaf.hash, head_at=link.at
    )
    if isinstance(link, Withdraw):
        return _withdraw(state, link)
    assert isinstance(link, Agreement)
    if link.given > link.at:
        raise BrokenChain(f"leaf {link.sseq}: given after it was recorded")
    pairs = [(purpose, link.channel) for purpose in link.purpose]
    standing = Standing(leaf.hash, link.given, link.exp, link.notice)
    if isinstance(link, Grant) and link.method == "double":
        return replace(state, pending=_taking_effect(state, state.pending, pairs, standing))
    if isinstance(link, Confirm):
        _refuse_confirm(state, link, pairs)
        state = replace(state, pending={k: v for k, v in state.pending.items() if k not in pairs})
    elif isinstance(link, Renew):
        _refuse_renew(state, link, pairs)
    return replace(state, open=_taking_effect(state, state.open, pairs, standing))


def takes_effect(state: ChainState, leaf: ParsedLeaf) -> bool:
    """Whether the leaf, written here, would change what is open, pending or withdrawn."""
    after = extend(state, leaf)
    return (state.open, state.pending, state.withdrawn) != (after.open, after.pending, after.withdrawn)


def _refuse_misfit(state: ChainState, link: ConsentLeaf) -> None:
    place = f"leaf {link.sseq}"
    if link.sseq != state.length:
        raise BrokenChain(f"{place}: out of sequence, {state.length} comes next")
    if link.prev != state.head:
        raise BrokenChain(f"{place}: `prev` is not the hash of the leaf before")
    if state.length and (link.sid, link.brand) != (state.sid, state.brand):
        raise BrokenChain(f"{place}: belongs to another subject or brand")


def _withdraw(state: ChainState, link: Withdraw) -> ChainState:
    withdrawn = dict(state.withdrawn)
    for purpose in link.purpose:
        pair = (purpose, link.channel)
        withdrawn[pair] = max(withdrawn.get(pair, ""), link.at)

    def remaining(standings: Mapping[Pair, Standing]) -> dict[Pair, Standing]:
        return {
            (purpose, channel): standing
            for (purpose, channel), standing in standings.items()
            if channel != link.channel or not {purpose, "*"} & set(link.purpose)
        }

    return replace(state, open=remaining(state.open), pending=remaining(state.pending), withdrawn=withdrawn)


def _taking_effect(
    state: ChainState, standings: Mapping[Pair, Standing], pairs: list[Pair], new: Standing
) -> dict[Pair, Standing]:
    """Put the agreement in the place of each pair where it takes effect."""
    result = dict(standings)
    for pair in pairs:
        replaced = result.get(pair)
        if new.given > state.withdrawn_at(pair) and (replaced is None or new.given >= replaced.given):
            result[pair] = new
    return result


def _refuse_confirm(state: ChainState, link: Confirm, pairs: list[Pair]) -> None:
    for pair in pairs:
        pending = state.pending.get(pair)
        if pending is None or pending.leaf != link.of:
            raise BrokenChain(f"leaf {link.sseq}: confirms a grant that is not pending")
        if pending.notice != link.notice:
            raise BrokenChain(f"leaf {link.sseq}: confirms another notice than was granted")


def _refuse_renew(state: ChainState, link: Renew, pairs: list[Pair]) -> None:
    for pair in pairs:
        renewed = state.open.get(pair)
        if renewed is None or renewed.leaf != link.of:
            raise BrokenChain(f"leaf {link.sseq}: renews what is not open")
        if renewed.exp is not None and link.at >= renewed.exp:
            raise BrokenChain(f"leaf {link.sseq}: renews what had expired")
