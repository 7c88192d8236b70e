"""Files of cases, all the way: into a database, through a claim, out of the message and its leaf."""

from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from yesfirst.embedded import Addresses
from yesfirst.intake import yamlfile
from yesfirst.intake.cases import Answer, Case, read_cases
from yesfirst.rules.reason import Verdict
from yesfirst.usecases.cases import Unreadable, differences

DATA = Path(__file__).parents[1] / "data"


def read(name: str) -> tuple[Case, ...]:
    return read_cases(yamlfile.load((DATA / name).read_text("utf-8"), name))


@pytest.mark.parametrize("name", ["golden.yaml", "cases.yaml"])
async def test_every_case_is_decided_as_expected(addresses: Addresses, name: str) -> None:
    assert await differences(addresses.database_url, read(name)) == []


async def test_a_case_that_comes_out_otherwise_is_told_on_its_own_clock(addresses: Addresses) -> None:
    cases = {case.id: case for case in read("golden.yaml")}
    wrong = [
        replace(cases["CN-01"], expect=Answer(decision=Verdict.ALLOW, reason="OK_TRANSACTIONAL")),
        replace(cases["US-03"], expect=Answer(decision=Verdict.DENY, reason="QUIET_HOURS")),
        cases["CN-03"],
    ]

    told = {one.id: one.got for one in await differences(addresses.database_url, wrong)}

    assert told.keys() == {"CN-01", "US-03"}
    assert told["CN-01"] == Answer(decision=Verdict.ALLOW, reason="OK")
    assert b'"not_before":"2026-11-25T08:00:00-07:00"' in msgspec.json.encode(told["US-03"])


async def test_a_case_that_cant_be_read_is_told_and_the_others_are_decided(addresses: Addresses) -> None:
    [case, *_] = read("golden.yaml")
    unread = replace(case, id="X", facts=None, fault="line 7: given.colour: unknown key", expect=None)
    [told] = await differences(addresses.database_url, [unread, case])
    assert (told.id, told.got) == ("X", Unreadable("line 7: given.colour: unknown key"))
