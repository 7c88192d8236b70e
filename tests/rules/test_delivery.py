import pytest

from yesfirst.rules.delivery import (
    BINS,
    MOVES,
    Bin,
    Event,
    IllegalMove,
    Receipt,
    State,
    move,
)


@pytest.mark.parametrize(
    ("events", "end"),
    [
        ("claim allow accept", State.ACCEPTED),
        ("claim allow lose resolve_accepted", State.ACCEPTED),
        ("claim allow lose resolve_failed", State.NOT_AT_CARRIER),
        ("claim allow lose resolve_failed release claim", State.CLAIMED),
        ("claim allow reject", State.REJECTED),
        ("claim allow abort claim", State.CLAIMED),
        ("claim abort deny", State.DENIED),
        ("defer wake claim", State.CLAIMED),
        ("defer deny", State.DENIED),
        ("hold release claim", State.CLAIMED),
        ("hold close_window", State.WINDOW_CLOSED),
        ("defer cancel", State.CANCELLED),
    ],
)
def test_a_message_lives_one_of_these_lives(events: str, end: State) -> None:
    state = State.READY
    for event in events.split():
        state = move(state, Event(event))
    assert state is end


@pytest.mark.parametrize(
    ("state", "event"),
    [
        (State.READY, Event.ALLOW),  # no hand-over without a claim
        (State.READY, Event.ACCEPT),
        (State.CLAIMED, Event.CLAIM),
        (State.CLAIMED, Event.CANCEL),  # it has to be aborted first, which is on record
        (State.CALLING, Event.CANCEL),
        (State.UNKNOWN, Event.ABORT),
        (State.UNKNOWN, Event.RELEASE),  # it has to be resolved first, which is on record
        (State.UNKNOWN, Event.CANCEL),
        (State.ACCEPTED, Event.RELEASE),
        (State.DENIED, Event.WAKE),
        (State.ACCEPTED, Event.LOSE),
        (State.NOT_AT_CARRIER, Event.RESOLVE_ACCEPTED),  # one resolution, and it stands
    ],
)
def test_an_illegal_move_raises(state: State, event: Event) -> None:
    with pytest.raises(IllegalMove):
        move(state, event)


def test_no_machine_leads_back_to_ready_from_what_may_have_been_handed_over() -> None:
    for state in (State.UNKNOWN, State.ACCEPTED, State.REJECTED, State.NOT_AT_CARRIER):
        back = {event for event, after in MOVES[state].items() if after is State.READY}
        assert back <= {Event.RELEASE}


def test_every_state_is_counted_once_and_every_bin_but_the_excluded_is_used() -> None:
    assert set(BINS) == set(State) == set(MOVES)
    assert set(BINS.values()) == set(Bin) - {Bin.EXCLUDED}
    assert sorted(BINS) == sorted(State)
    assert set(BINS.values()) <= set(Bin)


def test_receipts_have_an_order_in_which_success_counts_most() -> None:
    assert sorted(Receipt, key=lambda receipt: receipt.rank) == [
        Receipt.SENT,
        Receipt.UNDELIVERED,
        Receipt.DELIVERED,
    ]
    assert Receipt.SENT.rank == 1


def test_every_state_can_be_reached_and_every_event_can_happen() -> None:
    reached = {State.READY}
    while more := {after for state in reached for after in MOVES[state].values()} - reached:
        reached |= more
    assert reached == set(State)
    assert {event for moves in MOVES.values() for event in moves} == set(Event)
    assert [state for state in State if Event.ABORT in MOVES[state]] == [State.CLAIMED, State.CALLING]
