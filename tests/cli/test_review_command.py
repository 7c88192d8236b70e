"""`yesfirst review`, with a reply that nobody can tell the meaning of."""

import asyncio
from pathlib import Path

import pytest

from cli.terminal import Terminal
from yesfirst.rulebooks import load_all
from yesfirst.store import clock
from yesfirst.store.engine import open_engine
from yesfirst.store.keyring import read_keyring
from yesfirst.store.reviews import Kind
from yesfirst.usecases.ground import Ground
from yesfirst.usecases.law import Law
from yesfirst.usecases.people import subjects_of
from yesfirst.usecases.review import open_review

NUMBER = "+17865550192"
AS = ("--as", "Wang Fang")


@pytest.fixture
def waiting(shop: Terminal, tmp_path: Path) -> Terminal:
    """A shop with one reply to read."""

    async def write() -> None:
        engine = open_engine(shop.environ["YESFIRST_DATABASE_URL"])
        ground = Ground(engine, read_keyring(tmp_path / "home" / "keys"), Law(load_all()))
        async with engine.begin() as connection:
            people = await subjects_of(ground, connection, [("harbour-books", NUMBER)])
            at = await clock.now(connection)
            await open_review(connection, people["harbour-books", NUMBER], Kind.REPLY, "hm, rather not", at)
        await engine.dispose()

    asyncio.run(write())
    return shop


def test_a_reply_is_listed_shown_and_resolved(waiting: Terminal) -> None:
    [one] = waiting.answer("review", "list")["reviews"]
    assert (one["brand"], one["kind"], one["resolutions"]) == ("harbour-books", "reply", ["stop", "keep"])
    assert waiting.answer("review", "list", "--brand", "lantern-tea")["reviews"] == []
    shown = waiting.answer("review", "show", one["review"], *AS)
    assert (shown["number"], shown["text"]) == (NUMBER, "hm, rather not")
    waiting.answer("review", "resolve", one["review"], *AS, "--is", "stop")
    assert waiting.answer("review", "list")["reviews"] == []
    asked = ("people", "show", "--brand", "harbour-books", "--phone", "-")
    assert waiting.answer(*asked, written=NUMBER)["suppressed_at"] is not None


def test_who_reads_says_who_they_are(waiting: Terminal) -> None:
    [one] = waiting.answer("review", "list")["reviews"]
    assert waiting.run("review", "show", one["review"]).exit_code == 2
    assert waiting.refusal("review", "show", "A" * 22, *AS)["code"] == "REVIEW_UNKNOWN"
    wrong = waiting.refusal("review", "resolve", one["review"], *AS, "--is", "done")
    assert wrong["code"] == "RESOLUTION_INVALID"


def test_a_list_for_people_has_no_number_and_no_words(waiting: Terminal) -> None:
    done = waiting.run("review", "list")
    assert "harbour-books" in done.stdout
    assert NUMBER not in done.output
    assert "rather not" not in done.output


def test_somebody_who_is_held_is_shown_so(waiting: Terminal) -> None:
    done = waiting.run("people", "show", "--brand", "harbour-books", "--phone", "-", written=NUMBER)
    assert "held since" in done.stdout
