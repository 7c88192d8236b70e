"""Whatever /schema allows, and much that it doesn't, is answered as it says, never by a fault, and not without a key.

Schemathesis makes the requests: the same ones each time, few per operation. FUZZ_EXAMPLES=500 makes other and more.
What the schema leaves open, the values of brand and campaign files, the second test changes part by part.
"""

import asyncio
import copy
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from apicaller import Caller, calling, stocked

PLAN = "/api/campaigns/plan"
EXAMPLES = os.environ.get("FUZZ_EXAMPLES")
FEW = "2"
CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_schema_conformance",
    "ignored_auth",
)
# What is there is asked for; other methods than the schema has are in test_odd_requests.py.
CONFIG = """
[parameters]
"path.run" = "{run}"
"path.brand" = "corner-cafe"

[phases.coverage]
unexpected-methods = []
"""
ODD: tuple[Any, ...] = (
    "a\0b",
    "x" * 100_000,
    10**400,
    "9999-12-31T23:59:59-14:00",
)


async def test_no_request_is_answered_by_a_fault_or_otherwise_than_the_schema_says(
    database_url: str, redis_url: str, tmp_path: Path
) -> None:
    async with calling(database_url, redis_url, tmp_path) as caller:
        shown = await stocked(caller)
        run = (await caller.post(PLAN, shown[PLAN])).json()["run"]
        (tmp_path / "schemathesis.toml").write_text(CONFIG.format(run=run))
        status, told = await fuzz(caller, tmp_path)
    assert status == 0, told


@pytest.mark.parametrize(
    "path", ["/api/brands", "/api/people", "/api/people/bulk", "/api/people/withdraw/bulk", PLAN]
)
async def test_no_part_of_a_body_makes_a_fault(
    path: str, database_url: str, redis_url: str, tmp_path: Path
) -> None:
    async with calling(database_url, redis_url, tmp_path) as caller:
        shown = await stocked(caller)
        for place, body in changed(shown[path]):
            answer = await caller.post(path, body)
            assert answer.status_code < 500, (place, answer.text)


async def fuzz(caller: Caller, folder: Path) -> tuple[int | None, str]:
    """The exit status of schemathesis, which reads `schemathesis.toml` in `folder`, and what it prints."""
    asked = (
        ("--max-examples", EXAMPLES) if EXAMPLES else ("--max-examples", FEW, "--generation-deterministic")
    )
    process = await asyncio.create_subprocess_exec(
        *(
            sys.executable,
            "-m",
            "schemathesis.cli",
            "run",
            f"{caller.site.client.base_url}/schema/openapi.json",
        ),
        *("--phases", "examples,coverage,fuzzing", "--mode", "all", "--checks", ",".join(CHECKS)),
        *("--header", f"Authorization: Bearer {caller.token}", "--continue-on-failure", "--no-color"),
        *asked,
        cwd=folder,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    told, _ = await process.communicate()
    return process.returncode, told.decode()


def changed(body: Any) -> Iterator[tuple[str, Any]]:
    """The body with one part after the other in an odd way, or without it; with the place."""
    for path in parts(body):
        for value in ODD:
            new = copy.deepcopy(body)
            holder(new, path)[path[-1]] = value
            yield f"{path} as {str(value)[:40]!r}", new
        new = copy.deepcopy(body)
        del holder(new, path)[path[-1]]
        yield f"{path} left out", new


def parts(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Where the parts of a value stand, the value itself excepted."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, part in inner:
        yield (*path, key)
        yield from parts(part, (*path, key))


def holder(value: Any, path: tuple[str | int, ...]) -> Any:
    """What directly holds the part at a path."""
    for key in path[:-1]:
        value = value[key]
    return value
