"""`yesfirst brand`, and the first start of an empty home."""

from pathlib import Path

import pytest

from cli.terminal import CAMPAIGNS, Terminal

SHIPPED = ["harbour-books", "lantern-tea", "namsan-gym"]


def test_the_first_command_in_an_empty_home_applies_the_shipped_brands(tmp_path: Path) -> None:
    terminal = Terminal({"YESFIRST_HOME": str(tmp_path / "home")})
    assert [one["brand"] for one in terminal.answer("brand", "list")["brands"]] == SHIPPED
    assert terminal.answer("doctor")["ok"] is True


def test_applying_a_brand_again_changes_nothing(shop: Terminal) -> None:
    before = shop.answer("brand", "list")
    applied = shop.answer("brand", "apply", CAMPAIGNS / "lantern-tea" / "brand.yaml")
    assert sorted(applied["purposes"]) == ["marketing.events", "marketing.offers"]
    assert shop.answer("brand", "list") == before


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("notices/events.zh.md", "notices/event.zh.md", '"notices/event.zh.md" can\'t be read'),
        ("zone: Asia/Shanghai", "zone: Asia/Shangai", 'unknown time zone "Asia/Shangai"'),
        ("controller:", "controler:", "controler"),
    ],
)
def test_a_mistake_in_a_brand_file_is_shown_with_its_place(
    terminal: Terminal, tmp_path: Path, old: str, new: str, message: str
) -> None:
    terminal.answer("keys", "create")
    source = CAMPAIGNS / "lantern-tea"
    (tmp_path / "notices").mkdir()
    for notice in (source / "notices").iterdir():
        (tmp_path / "notices" / notice.name).write_bytes(notice.read_bytes())
    file = tmp_path / "brand.yaml"
    file.write_text((source / "brand.yaml").read_text("utf-8").replace(old, new, 1), "utf-8")
    error = terminal.refusal("brand", "apply", file)
    assert error["code"] == "FILE_INVALID"
    assert any(message in one["message"] and one["line"] > 1 for one in error["problems"])
    assert terminal.answer("brand", "list") == {"brands": []}


def test_a_brand_with_the_service_of_another_sender_is_refused(shop: Terminal, tmp_path: Path) -> None:
    (tmp_path / "notices").symlink_to(CAMPAIGNS / "namsan-gym" / "notices")
    copied = (CAMPAIGNS / "namsan-gym" / "brand.yaml").read_text("utf-8")
    copied = copied.replace("id: namsan-gym-sms", "id: my-gym-sms").replace(
        "id: namsan-gym\n", "id: my-gym\n"
    )
    (tmp_path / "brand.yaml").write_text(copied, "utf-8")
    error = shop.refusal("brand", "apply", tmp_path / "brand.yaml")
    assert error["code"] == "SENDER_ADDRESS_TAKEN"
    assert '"namsan-gym-sms"' in error["message"]
    assert [one["brand"] for one in shop.answer("brand", "list")["brands"]] == SHIPPED
