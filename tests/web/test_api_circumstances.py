"""What the law asks about people, said and shown over the API."""

from pathlib import Path
from typing import Any

import pytest
from apicaller import calling, stocked

PEOPLE = "/api/people"


async def test_what_is_said_is_shown_with_the_law_that_applies(
    database_url: str, redis_url: str, tmp_path: Path
) -> None:
    said = {
        "residence": "Florida",
        "billing": "CA-ON",
        "time_zone": "America/Chicago",
        "recipient": "企业",
        "born": "2020-05-05",
        "guardian": "form 17",
    }
    async with calling(database_url, redis_url, tmp_path) as known:
        shown = await stocked(known)
        added = await known.post(PEOPLE, {**shown[PEOPLE], **said})
        found: dict[str, Any] = (await known.post(f"{PEOPLE}/find", shown[f"{PEOPLE}/find"])).json()
    assert added.json() == {"outcome": "updated"}
    assert {name: found[name] for name in ("residence", "billing", "time_zones", "recipient", "born")} == {
        "residence": "US-FL",
        "billing": "CA-ON",
        "time_zones": ["America/Chicago"],
        "recipient": "corporate",
        "born": "2020-05-05",
    }
    assert "US-FL" in found["rulebooks"]
    assert [(one["guardian"], one["relationship"]) for one in found["purposes"]] == [(True, None)]
    assert found["registries"] == []


@pytest.mark.parametrize(
    ("said", "code", "told"),
    [
        ({"residence": "Flordia"}, "PLACE_UNKNOWN", "US-FL"),
        ({"time_zone": "America/Chigaco"}, "TIME_ZONE_UNKNOWN", "America/Chicago"),
        ({"recipient": "robot"}, "RECIPIENT_UNKNOWN", "recipient"),
        ({"born": "05/06/2020"}, "BORN_INVALID", "born"),
        ({"relationship": "purchase"}, "RELATIONSHIP_INVALID", "relationship"),
    ],
)
async def test_what_is_no_such_fact_is_refused_with_the_nearest_word(
    database_url: str, redis_url: str, tmp_path: Path, said: dict[str, str], code: str, told: str
) -> None:
    async with calling(database_url, redis_url, tmp_path) as known:
        shown = await stocked(known)
        answer = await known.post(PEOPLE, {**shown[PEOPLE], **said})
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert told in answer.text
    assert "Flordia" not in answer.text
