import json
from pathlib import Path

import pytest

from yesfirst.simulator.testimony import UnreadableJournal, read

SHOP, OTHER_SHOP = "+15005550006", "+15005550007"
PERSON, NEIGHBOUR = "+15555550101", "+15555550102"
SERVICE = "MG" + "5" * 32

Entry = dict[str, object]


def _create(at: float, to: str = PERSON, body: str = "b1", **change: object) -> Entry:
    entry: Entry = {
        "kind": "create",
        "at": at,
        "to": to,
        "from": SHOP,
        "messaging_service_sid": None,
        "body_sha256": body,
        "sid": f"SM{at}",
        "answer": 201,
        "code": None,
    }
    return {**entry, **change}


def _text(meaning: str, answered_at: float | None, **change: object) -> Entry:
    entry: Entry = {
        "kind": "inbound",
        "from": PERSON,
        "to": SHOP,
        "messaging_service_sid": None,
        "body": meaning.upper(),
        "meaning": meaning,
        "sid": "SMin",
        "sent_at": (answered_at or 0) - 1,
        "answered_at": answered_at,
        "status": None if answered_at is None else 200,
        "attempts": 1,
    }
    return {**entry, **change}


def _journal(folder: Path, *entries: Entry) -> Path:
    path = folder / "journal.jsonl"
    path.write_text("".join(json.dumps(entry) + "\n" for entry in entries))
    return path


@pytest.mark.parametrize(
    ("entries", "late"),
    [
        ([_create(9), _text("stop", 10)], ()),
        ([_create(9.5), _text("stop", 10)], ()),  # texted, not yet answered: in flight
        ([_create(10), _text("stop", 10)], ()),
        ([_text("stop", 10), _create(10.1)], ("SM10.1",)),
        ([_text("stop", 10), _create(11, NEIGHBOUR)], ()),
        ([_text("stop", 10), _create(11, **{"from": OTHER_SHOP})], ()),
        ([_text("stop", 10, status=500), _create(11)], ()),
        ([_text("stop", None), _create(11)], ()),
        ([_text("help", 10), _create(11)], ()),
        ([_text("stop", 10), _text("start", 20), _create(15)], ("SM15",)),
        ([_text("stop", 10), _text("start", 20), _create(21)], ()),
        ([_text("stop", 10), _text("start", 20), _text("stop", 30), _create(31)], ("SM31",)),
        (
            [
                _text("stop", 10, messaging_service_sid=SERVICE),
                _create(11, **{"from": OTHER_SHOP, "messaging_service_sid": SERVICE}),
            ],
            ("SM11",),
        ),
        ([_text("stop", 10), _create(11, answer=None)], ("SM11",)),  # taken, though nobody was told
    ],
)
def test_a_message_after_the_answer_to_its_stop_is_named(
    tmp_path: Path, entries: list[Entry], late: tuple[str, ...]
) -> None:
    assert read(_journal(tmp_path, *entries)).sent_after_stop == late


def test_an_attempt_after_a_stop_counts_though_it_was_refused(tmp_path: Path) -> None:
    testimony = read(_journal(tmp_path, _text("stop", 10), _create(11, sid=None, answer=429, code=20429)))
    assert (testimony.sent_after_stop, testimony.tried_after_stop) == ((), 1)


@pytest.mark.parametrize(
    ("stop", "elsewhere"),
    [
        (_text("stop", 10), 0),
        (_text("stop", 10, to=OTHER_SHOP), 1),
        (_text("stop", 10, to=OTHER_SHOP, messaging_service_sid=SERVICE), 0),
        (_text("stop", None, to=OTHER_SHOP), 0),
    ],
)
def test_a_stop_to_a_sender_nobody_used_is_told_apart(tmp_path: Path, stop: Entry, elsewhere: int) -> None:
    sent = _create(1, NEIGHBOUR, messaging_service_sid=SERVICE)
    assert read(_journal(tmp_path, sent, stop)).stops_elsewhere == elsewhere


def test_accepted_refused_and_unanswered_add_up(tmp_path: Path) -> None:
    testimony = read(
        _journal(
            tmp_path,
            _create(1),
            _create(2, NEIGHBOUR, answer=None),
            _create(3, "+15555550103", sid=None, answer=None),
            _create(4, "+15555550104", sid=None, answer=429, code=20429),
            _text("stop", 5),
            _text("stop", None),
            _text("help", 6),
            {"kind": "reply", "at": 5.1, "to": PERSON},
        )
    )
    assert (testimony.creates, testimony.accepted, testimony.unanswered) == (4, 2, 2)
    assert testimony.refused == {"20429": 1}
    assert (testimony.inbound, testimony.stops_sent, testimony.stops_acknowledged) == (3, 2, 1)
    assert testimony.replies == 1


@pytest.mark.parametrize(
    ("second", "duplicates", "repeated"),
    [
        (_create(2), 1, 1),
        (_create(2, body="b2"), 0, 1),
        (_create(2, NEIGHBOUR), 0, 0),
        (_create(2, sid=None, answer=500, code=20500), 0, 0),
        (_create(2, answer=None), 1, 1),
    ],
)
def test_only_what_was_accepted_twice_is_a_duplicate(
    tmp_path: Path, second: Entry, duplicates: int, repeated: int
) -> None:
    testimony = read(_journal(tmp_path, _create(1), second))
    assert (testimony.duplicates, testimony.repeated) == (duplicates, repeated)


def test_a_line_that_is_still_being_written_is_left_out(tmp_path: Path) -> None:
    path = _journal(tmp_path, _create(1))
    with path.open("a") as file:
        file.write('{"kind": "cre')
    assert read(path).accepted == 1


def test_a_damaged_line_is_named(tmp_path: Path) -> None:
    path = _journal(tmp_path, _create(1))
    with path.open("a") as file:
        file.write("{}\n")
    with pytest.raises(UnreadableJournal, match="line 2"):
        read(path)
