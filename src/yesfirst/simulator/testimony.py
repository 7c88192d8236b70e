"""What a journal proves about the service that was served: read from the file alone, standard library only.

- accepted: creates the carrier took, with or without an answer that came through.
- duplicates: accepted creates beyond the first for one number and one text.
- repeated: accepted creates beyond the first for one number, whatever the text: expected over several
  campaigns, suspect within one.
- sent_after_stop: accepted creates which arrived after the service had answered 2xx to that person's STOP
  to the same sender, and no START since. Each is either one the service names as in flight, or a breach.
- tried_after_stop: the same, for creates that were not accepted.
- stops_elsewhere: acknowledged STOPs to a sender that no create named. They bind nothing here, so if the
  journal was meant to show that STOPs are obeyed, any above 0 were texted to the wrong sender.

Arrival is when the request was read, so a create that waited in a socket may seem later than it was.
"""

import json
from collections import Counter, defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

Entry: TypeAlias = dict[str, object]


class UnreadableJournal(ValueError):
    """A line that is no journal entry; the message names file and line."""


@dataclass(frozen=True, slots=True)
class Testimony:
    """The counts; `sent_after_stop` lists message sids."""

    creates: int
    accepted: int
    unanswered: int
    refused: dict[str, int]
    duplicates: int
    repeated: int
    sent_after_stop: tuple[str, ...]
    tried_after_stop: int
    inbound: int
    stops_sent: int
    stops_acknowledged: int
    stops_elsewhere: int
    replies: int


def read(path: Path) -> Testimony:
    """Add up a journal; raises UnreadableJournal, and OSError if the file can't be opened."""
    entries = _entries(path)
    creates = [entry for entry in entries if entry["kind"] == "create"]
    inbound = [entry for entry in entries if entry["kind"] == "inbound"]
    stops = [entry for entry in inbound if entry["meaning"] == "stop"]
    heeded = [entry for entry in stops if _acknowledged(entry)]
    senders = {(entry["from"], entry["messaging_service_sid"]): entry for entry in creates}.values()
    accepted = [entry for entry in creates if entry["sid"] is not None]
    late = _after_stop(creates, inbound)
    return Testimony(
        creates=len(creates),
        accepted=len(accepted),
        unanswered=sum(entry["answer"] is None for entry in creates),
        refused=dict(Counter(str(entry["code"]) for entry in creates if entry["code"] is not None)),
        duplicates=len(accepted) - len({(entry["to"], entry["body_sha256"]) for entry in accepted}),
        repeated=len(accepted) - len({entry["to"] for entry in accepted}),
        sent_after_stop=tuple(str(entry["sid"]) for entry in late if entry["sid"] is not None),
        tried_after_stop=sum(entry["sid"] is None for entry in late),
        inbound=len(inbound),
        stops_sent=len(stops),
        stops_acknowledged=len(heeded),
        stops_elsewhere=sum(not any(_same_sender(sender, stop) for sender in senders) for stop in heeded),
        replies=sum(entry["kind"] == "reply" for entry in entries),
    )


def _after_stop(creates: list[Entry], inbound: list[Entry]) -> list[Entry]:
    wishes: defaultdict[object, list[tuple[float, Entry]]] = defaultdict(list)
    for entry in inbound:
        # A STOP binds from the moment the service has said 200; a START frees from when it was texted.
        if entry["meaning"] == "stop" and _acknowledged(entry):
            wishes[entry["from"]].append((_seconds(entry["answered_at"]), entry))
        elif entry["meaning"] == "start":
            wishes[entry["from"]].append((_seconds(entry["sent_at"]), entry))
    late = []
    for create in creates:
        arrived = _seconds(create["at"])
        heard = [
            (at, wish) for at, wish in wishes[create["to"]] if at < arrived and _same_sender(create, wish)
        ]
        if heard and max(heard, key=lambda pair: pair[0])[1]["meaning"] == "stop":
            late.append(create)
    return late


def _same_sender(create: Entry, wish: Entry) -> bool:
    service = create["messaging_service_sid"]
    return create["from"] == wish["to"] or (service is not None and service == wish["messaging_service_sid"])


def _acknowledged(entry: Entry) -> bool:
    return isinstance(entry["status"], int) and 200 <= entry["status"] < 300


def _seconds(value: object) -> float:
    if not isinstance(value, int | float):
        raise UnreadableJournal("an entry of the journal lacks a time")
    return float(value)


def _entries(path: Path) -> list[Entry]:
    entries: list[Entry] = []
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            if not line.endswith(b"\n"):
                break  # still being written
            try:
                entry = json.loads(line)
                if entry["kind"] in ("create", "inbound", "reply"):
                    entries.append(entry)
            except (ValueError, TypeError, KeyError):
                raise UnreadableJournal(
                    f"{path}, line {number}: not an entry of a simulator journal"
                ) from None
    return entries
