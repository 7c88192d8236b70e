"""`yesfirst consent expiring` and `consent renew` in a terminal."""

from pathlib import Path

import pytest

from cli.terminal import CAMPAIGNS, Terminal

BRAND = ("--brand", "namsan-gym")
PURPOSE = ("--purpose", "marketing.offers")


@pytest.fixture
def members(shop: Terminal, tmp_path: Path) -> Terminal:
    """A shop with the people of the gym, whose consents end."""
    shop.answer(
        *("people", "import", CAMPAIGNS / "namsan-gym" / "people.csv", *BRAND, *PURPOSE),
        *("--notice", CAMPAIGNS / "namsan-gym" / "notices" / "offers.ko.md"),
        *("--result", tmp_path / "people.result.csv"),
    )
    return shop


def test_what_will_end_is_counted_and_its_people_are_asked_once(members: Terminal) -> None:
    [offers] = members.answer("consent", "expiring", *BRAND, *PURPOSE)["purposes"]
    assert offers["purpose"] == "marketing.offers"
    assert offers["holding"] > 0
    assert offers["within_days"].keys() == {"7", "30", "90"}
    tried = members.answer("consent", "renew", *BRAND, *PURPOSE, "--within", "3000d", "--dry-run")
    asked = members.answer("consent", "renew", *BRAND, *PURPOSE, "--within", "3000d")
    again = members.answer("consent", "renew", *BRAND, *PURPOSE, "--within", "3000d")
    assert (tried["dry_run"], asked["dry_run"]) == (True, False)
    assert tried["asked"] == asked["asked"] > 0
    assert (again["asked"], again["left_out"]["ALREADY_ASKED"]) == (0, asked["asked"])


def test_people_see_a_table_and_no_number(members: Terminal) -> None:
    done = members.run("consent", "expiring", *BRAND)
    assert done.exit_code == 0
    assert "end in 7 days" in done.stdout
    done = members.run("consent", "renew", *BRAND, *PURPOSE, "--within", "30d", "--dry-run")
    assert "would be asked" in done.stdout
    assert "+82" not in done.stdout


def test_what_cannot_be_asked_is_refused(members: Terminal) -> None:
    assert members.run("consent", "renew", *BRAND, *PURPOSE, "--within", "soon").exit_code == 2
    renew = ("consent", "renew", *BRAND, "--purpose", "marketing.news", "--within", "30d")
    assert members.refusal(*renew)["code"] == "PURPOSE_UNKNOWN"
    assert members.refusal("consent", "expiring", "--brand", "nobody")["code"] == "BRAND_UNKNOWN"
