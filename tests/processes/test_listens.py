"""A dispatcher that can't read the carrier's list says so, once, and goes on trying."""

import asyncio
import logging
from pathlib import Path

import pytest

from usecases.shop import open_shop
from yesfirst.carriers.twilio import Account, Twilio
from yesfirst.processes import listening
from yesfirst.processes.listening import listen_for_ever
from yesfirst.usecases import hearing

NOWHERE = "http://127.0.0.1:9"


async def test_a_list_out_of_reach_is_told_once_and_tried_again(
    database_url: str, tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listening, "LOOK_SECONDS", 0.05)
    caplog.set_level(logging.WARNING, "yesfirst.hearing")
    stopping = asyncio.Event()
    async with open_shop(database_url, tmp_path) as shop:
        await hearing.begin(shop.ground)
        await shop.value("UPDATE hearing SET heard_until = heard_until - interval '1 minute' RETURNING id")
        async with Twilio(Account("AC" + "0" * 32, "token", NOWHERE, NOWHERE)) as carrier:
            listens = asyncio.create_task(listen_for_ever(shop.ground, carrier, stopping))
            await asyncio.sleep(1)
            stopping.set()
            await listens
        found = await hearing.standing(shop.ground)
    assert found is not None
    assert found.age > 60
    [said] = [record.getMessage() for record in caplog.records]
    assert "ConnectionError" in said
    assert "nobody is texted" in said
