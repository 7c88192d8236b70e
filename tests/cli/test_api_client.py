"""The client that the documents show takes a campaign from people to evidence, against real processes."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml

from cli.terminal import CAMPAIGNS, Terminal

PAGE = Path(__file__).parents[2] / "docs" / "api.md"


def somebody_awake(now: datetime) -> tuple[str, str, tuple[str, str], dict[str, str], str]:
    """Who may be texted for an hour yet, in summer as in winter.

    Brand, campaign, purpose and language of the notice, attributes, a number.
    """
    if now.hour < 11:  # 8 to 19 in Shanghai
        bought = {"city": "上海", "last_purchase": now.date().isoformat()}
        return "lantern-tea", "winter-tea-offer", ("marketing.offers", "zh"), bought, "13900000017"
    number = "+447400000881" if now.hour < 18 else "+12135550129"  # London, then Los Angeles
    visited = {"shop": "London", "visits": "9"}
    return "harbour-books", "crime-night", ("marketing.events", "en"), visited, number


@pytest.fixture
def documented() -> dict[str, Any]:
    """The names that the client in the documents defines."""
    [code] = re.findall(r"^```python\n(.*?)^```$", PAGE.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    names: dict[str, Any] = {"__name__": "client"}
    exec(compile(code, "docs/api.md", "exec"), names)
    return names


def test_the_documented_client_runs_a_whole_campaign(
    sending: Terminal, documented: dict[str, Any], tmp_path: Path
) -> None:
    now = datetime.now(UTC)
    id, campaign, (purpose, language), attributes, number = somebody_awake(now)
    crm = _client(sending, documented, "crm", "read", "people", "plan", "run", "evidence")
    compliance = _client(sending, documented, "compliance", "approve")
    applied = crm.post("/brands", _brand(CAMPAIGNS / id))
    [notice] = [
        one["sha256"]
        for one in applied["notices"]
        if (one["purposes"], one["language"]) == ([purpose], language)
    ]
    person = {
        "brand": id,
        "number": number,
        "purpose": purpose,
        "notice": notice,
        "given": (now - timedelta(days=2)).isoformat(),
        "expires": (now + timedelta(days=300)).isoformat(),
        "language": language,
        "attributes": attributes,
    }
    file = _as_json(CAMPAIGNS / id / f"{campaign}.yaml")
    account = documented["send"](crm, compliance, [person], file)
    assert (account.audience, account.accepted) == (1, 1)

    [found] = crm.post("/messages/find", {"brand": id, "number": number})
    assert found["run"] == account.run
    bundle = tmp_path / "bundle.json"
    bundle.write_bytes(msgspec.json.encode(crm.get(f"/messages/{found['message']}/evidence")))
    vkey = sending.answer("log", "key")["vkey"]
    verified = sending.answer("evidence", "verify", bundle, "--key", vkey)
    assert verified["status"] == "VALID-WITH-WARNINGS"

    with pytest.raises(documented["Refused"], match="CAPABILITY_MISSING"):
        crm.post(f"/runs/{account.run}/approve")
    for client in (crm, compliance):
        client.close()


def _client(terminal: Terminal, documented: dict[str, Any], name: str, *can: str) -> Any:
    capabilities = [part for each in can for part in ("--can", each)]
    key = terminal.answer("key", "create", "--name", name, *capabilities)["key"]
    return documented["Client"](terminal.environ["YESFIRST_PUBLIC_URL"], key)


def _brand(folder: Path) -> dict[str, Any]:
    """The body that applies a brand: its file's value, and the texts of its notices."""
    brand = _as_json(folder / "brand.yaml")
    return {
        "brand": brand,
        "notices": {path: (folder / path).read_text("utf-8") for path in brand["notices"]},
    }


def _as_json(path: Path) -> Any:
    """What a YAML file says, in JSON's types: its dates are texts."""
    return msgspec.to_builtins(yaml.safe_load(path.read_text("utf-8")))
