"""A run is texted to one number before it is approved, and leaves the house as a zip that anybody can verify."""

import io
import tempfile
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from apicaller import Caller, caller, calling, stocked
from webserver import SIGNER

from yesfirst.ledger import verifier
from yesfirst.ledger.text import parse_id
from yesfirst.store.runs import get
from yesfirst.usecases.claim import claim
from yesfirst.usecases.seal import Published, open_log, seal

PLAN, TEST = "/api/campaigns/plan", "/api/runs/{run}/test"


@pytest.fixture
async def known(database_url: str, redis_url: str, tmp_path: Path) -> AsyncIterator[Caller]:
    async with calling(database_url, redis_url, tmp_path) as known:
        yield known


async def claimed(known: Caller, run: str) -> None:
    """Decides about everybody of a run that is on, and seals it."""
    ground = known.site.ground
    async with ground.engine.connect() as connection:
        found = await get(connection, parse_id(run))
    assert found is not None
    for lane in range(found.lanes):
        await claim(ground, found, "MG" + "c" * 32, lane, 50)
    await open_log(ground.engine, SIGNER.name)
    await seal(ground.engine, SIGNER, Published(known.site.checkpoint, SIGNER))


async def test_the_evidence_of_a_run_can_be_verified_and_leaves_nothing_behind(
    known: Caller, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "drafts").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "drafts"))
    shown = await stocked(known)
    run = (await known.post(PLAN, shown[PLAN])).json()["run"]
    assert (await known.get(f"/api/runs/{run}/evidence")).json()["code"] == "NOT_SEALED_YET"
    other = await caller(known.site, name="compliance")
    await other.post(f"/api/runs/{run}/approve")
    await known.post(f"/api/runs/{run}/start")
    await claimed(known, run)

    answer = await known.get(f"/api/runs/{run}/evidence")

    assert answer.headers["content-type"] == "application/zip"
    assert answer.headers["cache-control"] == "no-store"
    names = zipfile.ZipFile(io.BytesIO(answer.content)).namelist()
    assert len([name for name in names if name.startswith("bundles/")]) == 1
    out = tmp_path / "run.zip"
    out.write_bytes(answer.content)
    status, reports = verifier.answer(str(out), [SIGNER.verifier.encode()], None)
    assert status == "VALID-WITH-WARNINGS", reports
    assert list((tmp_path / "drafts").iterdir()) == []


async def test_a_test_is_a_run_of_its_own_to_one_number(known: Caller) -> None:
    shown = await stocked(known)
    await known.post("/api/people", {**shown["/api/people"], "number": "+12025550144"})
    run = (await known.post(PLAN, shown[PLAN])).json()["run"]
    path = TEST.replace("{run}", run)

    first, again = [await known.post(path, shown[TEST], repeat="one") for _ in range(2)]

    assert first.status_code == 201, first.text
    assert first.json() == again.json()
    tested = (await known.get(f"/api/runs/{first.json()['run']}")).json()
    assert (tested["state"], tested["audience"], tested["waiting"]) == ("running", 1, 1)
    assert (await known.get(f"/api/runs/{run}")).json()["state"] == "planned"


@pytest.mark.parametrize("number", ["+12025550199", "12"])
async def test_a_test_needs_a_number_that_agreed(known: Caller, number: str) -> None:
    shown = await stocked(known)
    run = (await known.post(PLAN, shown[PLAN])).json()["run"]
    answer = await known.post(TEST.replace("{run}", run), {"number": number})
    assert answer.status_code == 422
    assert answer.json()["code"] in ("NUMBER_UNKNOWN", "NUMBER_INVALID")
    assert "202555" not in answer.text
