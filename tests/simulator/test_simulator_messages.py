from hypothesis import given
from hypothesis import strategies as st

from yesfirst.simulator.messages import Direction, Message, Messages, Status, Wanted

_NUMBERS = ["+15555550101", "+15555550102", "+15555550103"]
_TIMES = st.integers(0, 6).map(float)


@st.composite
def _message(draw: st.DrawFn) -> Message:
    return Message(
        sid=draw(st.uuids()).hex,
        account="AC",
        to=draw(st.sampled_from(_NUMBERS)),
        from_=draw(st.sampled_from(_NUMBERS)),
        service=None,
        body="",
        direction=Direction.API,
        status=Status.SENT,
        created=draw(_TIMES),
        updated=0,
        sent=draw(st.none() | _TIMES),
    )


_WANTED = st.builds(
    Wanted,
    st.none() | st.sampled_from(_NUMBERS),
    st.none() | st.sampled_from(_NUMBERS),
    st.just(float("-inf")) | _TIMES,
    st.just(float("inf")) | _TIMES,
)


@given(st.lists(_message(), unique_by=lambda message: message.sid), _WANTED, st.integers(1, 5))
def test_the_pages_together_are_what_a_plain_filter_finds(
    everything: list[Message], wanted: Wanted, size: int
) -> None:
    messages = Messages()
    for message in everything:
        messages.add(message)
    seen: list[Message] = []
    more, after = True, None
    while more:
        page, more = messages.page(wanted, size, after)
        assert len(page) == size or not more
        seen += page
        after = page[-1].sid if page else None
    plain = []
    for message in reversed(everything):
        at = message.sent if message.sent is not None else message.created
        same = wanted.to in (None, message.to) and wanted.from_ in (None, message.from_)
        if same and wanted.since <= at < wanted.before:
            plain.append(message)
    assert [message.sid for message in seen] == [message.sid for message in plain]
