"""`yesfirst key`: a secret that is shown once, and ends when it is told to."""

import asyncio
from datetime import UTC, datetime, timedelta

import asyncpg

from cli.terminal import Terminal


def test_a_key_is_shown_once_and_stored_as_a_hash(shop: Terminal) -> None:
    made = shop.answer("key", "create", "--name", "crm", "--can", "read", "--can", "people")
    token = made["key"]
    assert token.startswith(f"yf_{made['id']}_")
    [listed] = shop.answer("key", "list")["keys"]
    assert (listed["name"], listed["can"], listed["brand"], listed["valid"]) == (
        "crm",
        ["people", "read"],
        None,
        True,
    )
    assert token not in str(listed)

    async def stored() -> str:
        connection = await asyncpg.connect(shop.environ["YESFIRST_DATABASE_URL"])
        try:
            return str(await connection.fetch("SELECT * FROM api_key"))
        finally:
            await connection.close()

    row = asyncio.run(stored())
    assert token[-43:] not in row
    assert "crm" not in row


def test_a_key_lasts_a_year_unless_said_otherwise(shop: Terminal) -> None:
    now = datetime.now(UTC)
    for wanted, days in (((), 365), (("--expires-after", "90d"), 90)):
        made = shop.answer("key", "create", "--name", "crm", "--can", "read", *wanted)
        lasts = datetime.fromisoformat(made["expires_at"]) - now
        assert abs(lasts - timedelta(days=days)) < timedelta(minutes=5)


def test_a_revoked_key_is_listed_as_such(shop: Terminal) -> None:
    made = shop.answer("key", "create", "--name", "crm", "--can", "read", "--brand", "lantern-tea")
    shop.answer("key", "revoke", made["id"])
    [listed] = shop.answer("key", "list")["keys"]
    assert not listed["valid"]
    assert listed["revoked_at"]


def test_what_a_key_can_not_be_is_refused(shop: Terminal) -> None:
    assert shop.refusal("key", "create", "--name", " ", "--can", "read")["code"] == "KEY_NAME_INVALID"
    brand = ("key", "create", "--name", "crm", "--can", "read", "--brand", "nobody")
    assert shop.refusal(*brand)["code"] == "BRAND_UNKNOWN"
    assert shop.refusal("key", "revoke", "A" * 22)["code"] == "KEY_UNKNOWN"
    assert shop.run("key", "create", "--name", "crm", "--can", "everything").exit_code == 2
