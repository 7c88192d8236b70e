"""`yesfirst notice`: a wording is checked and begun without an installation."""

from pathlib import Path

import pytest

from cli.terminal import CAMPAIGNS, Terminal, last_line

TEA = CAMPAIGNS / "lantern-tea"
NOTICE = TEA / "notices" / "offers.zh.md"


@pytest.fixture
def bare(tmp_path: Path) -> Terminal:
    """A terminal whose home nobody has moved into."""
    return Terminal({"YESFIRST_HOME": str(tmp_path / "home")})


@pytest.mark.parametrize("file", sorted(CAMPAIGNS.glob("*/notices/*.md")), ids=lambda file: file.stem)
def test_the_shipped_notices_have_what_is_asked_for(bare: Terminal, file: Path) -> None:
    checked = bare.answer("notice", "check", file, "--brand", file.parents[1])
    assert (checked["valid"], checked["gaps"]) == (True, [])
    assert not Path(bare.environ["YESFIRST_HOME"]).exists()


def test_what_a_notice_lacks_is_told_with_source_and_words(bare: Terminal, tmp_path: Path) -> None:
    file = tmp_path / "offers.zh.md"
    text = NOTICE.read_text("utf-8")
    file.write_text(text.replace("  storage_period: [自同意之日起两年]\n", ""), "utf-8")
    refused = bare.run("notice", "check", file, "--brand", TEA, "--json")
    [gap] = last_line(refused)["gaps"]
    assert refused.exit_code == 1
    assert (gap["missing"], gap["rule"]) == ("storage_period", "CN.data_protection.storage_limit")
    shown = bare.run("notice", "check", file, "--brand", TEA).stdout
    for words in ("storage_period in CN", "PIPL 19", "primary text read", "保存期限"):
        assert words in shown


@pytest.mark.parametrize("name", ["consent.zh", "purpose.zh"])
def test_a_template_is_a_notice_to_begin_with(bare: Terminal, tmp_path: Path, name: str) -> None:
    file = tmp_path / f"{name}.md"
    file.write_text(bare.run("notice", "template", name, "--brand", TEA).stdout, "utf-8")
    printed = bare.answer("notice", "template", name, "--brand", TEA)
    assert printed["text"] == file.read_text("utf-8")
    assert bare.answer("notice", "check", file, "--brand", TEA)["valid"] is True


def test_a_template_is_for_a_purpose_of_the_brand(bare: Terminal) -> None:
    template = ("notice", "template", "consent.zh", "--brand", TEA, "--purpose")
    assert bare.answer(*template, "marketing.events")["purpose"] == "marketing.events"
    assert bare.refusal(*template, "marketing.loans")["code"] == "PURPOSE_UNKNOWN"
