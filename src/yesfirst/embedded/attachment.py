"""The user's side of an embedded server: hold its users' lock, and see to it that a keeper lives.

A thread looks twice a second whether the keepers live, so that a command survives the death of one.
"""

import json
import logging
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from yesfirst.embedded.place import Place, held, is_held, open_log, refusing_home
from yesfirst.errors import Refused

LOOK_EVERY = 0.5
LOOK_AGAIN_AFTER_FAILURE = 5.0

log = logging.getLogger(__name__)


@contextmanager
def attached(home: Path, names: Sequence[str]) -> Iterator[Mapping[str, str]]:
    """Use the named servers of a home for the length of the block: their URLs by name. Raises Refused."""
    places = {name: Place(home / name) for name in sorted(names)}
    with ExitStack() as stack:
        for place in places.values():
            place.make()
            stack.enter_context(held(place.path / "users.lock", shared=True))  # waits while a keeper stops it
        _see_to_keepers(places)
        stack.enter_context(_watch(places))
        yield {name: place.address.read_text("utf-8") for name, place in places.items()}


def _see_to_keepers(places: Mapping[str, Place]) -> None:
    """Return when each server answers, starting keepers where there are none. Raises Refused."""
    with ExitStack() as stack:
        for place in places.values():
            stack.enter_context(held(place.path / "start.lock"))
        without = [place for place in places.values() if not _has_keeper(place)]
        starting = [(place, stack.enter_context(_start(place))) for place in without]
        for place, starter in starting:
            _hear(starter, place)
        for place in places.values():
            while not place.answers():  # the server is being started again, or its keeper just ended
                if not _has_keeper(place):
                    with _start(place) as starter:
                        _hear(starter, place)
                time.sleep(0.02)


def _has_keeper(place: Place) -> bool:
    return is_held(place.path / "keeper.lock")


def _start(place: Place) -> "subprocess.Popen[bytes]":
    """Start a keeper. It detaches itself: the process returned ends at once and leaves its output open."""
    environ = {key: value for key, value in os.environ.items() if not key.startswith("YESFIRST_")}
    with refusing_home(place.path), open_log(place.keeper_log) as out:
        return subprocess.Popen(
            [sys.executable, "-P", "-m", "yesfirst.embedded", place.path.name, str(place.path.parent)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=out,
            env=environ,
            start_new_session=True,
        )


def _hear(starter: "subprocess.Popen[bytes]", place: Place) -> None:
    """Wait for the keeper's word that the server answers. Raises Refused with its reason otherwise."""
    assert starter.stdout is not None
    line = starter.stdout.readline()
    if not line:
        raise Refused(
            "SERVER_FAILED", f"The keeper of {place.path} ended without a word.", f"Read {place.keeper_log}."
        )
    if refusal := json.loads(line):
        raise Refused(refusal["code"], refusal["message"], refusal["hint"])


@contextmanager
def _watch(places: Mapping[str, Place]) -> Iterator[None]:
    """Look after the keepers for the length of the block."""
    ended = threading.Event()
    watcher = threading.Thread(target=_look_after, args=(places, ended), name="keepers", daemon=True)
    watcher.start()
    try:
        yield
    finally:
        ended.set()
        watcher.join()


def _look_after(places: Mapping[str, Place], ended: threading.Event) -> None:
    pause = LOOK_EVERY
    while not ended.wait(pause):
        pause = LOOK_EVERY
        if all(_has_keeper(place) for place in places.values()):
            continue
        try:
            _see_to_keepers(places)
        except Refused as refused:
            log.warning("%s: %s", refused.code, refused)
            pause = LOOK_AGAIN_AFTER_FAILURE
