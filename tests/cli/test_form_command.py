"""`yesfirst form` and `yesfirst people link` in a terminal."""

import shutil
from pathlib import Path

import pytest
import yaml

from cli.terminal import CAMPAIGNS, Terminal

ADDRESS = "https://sms.example.com"
FORM = {
    "notices": ["notices/offers.zh.md", "notices/offers.en.md"],
    "privacy": "https://lantern-tea.example/privacy",
    "keyword": "TEA",
}


@pytest.fixture
def tea(shop: Terminal, tmp_path: Path) -> Terminal:
    """A shop whose tea brand has a form, reachable under an address."""
    folder = tmp_path / "tea"
    shutil.copytree(CAMPAIGNS / "lantern-tea", folder)
    brand = yaml.safe_load((folder / "brand.yaml").read_text("utf-8"))
    brand["forms"] = {"tea-offers": FORM}
    brand["replies"]["ask"] = {"zh": "请回复 Y 确认", "en": "Reply Y to confirm"}
    (folder / "brand.yaml").write_text(yaml.safe_dump(brand, allow_unicode=True), "utf-8")
    shop.answer("brand", "apply", folder / "brand.yaml")
    return Terminal({**shop.environ, "YESFIRST_PUBLIC_URL": ADDRESS})


def test_forms_are_listed_with_address_and_keyword(tea: Terminal) -> None:
    [form] = [one for one in tea.answer("form", "list")["forms"] if one["form"] == "tea-offers"]
    assert form == {
        "form": "tea-offers",
        "brand": "lantern-tea",
        "languages": ["zh", "en"],
        "purposes": ["marketing.offers"],
        "keyword": "TEA",
        "address": f"{ADDRESS}/c/tea-offers",
    }


def test_a_poster_is_written_as_a_page_or_as_the_code_alone(tea: Terminal, tmp_path: Path) -> None:
    page, code = tmp_path / "poster.html", tmp_path / "code.svg"
    answer = tea.answer("form", "poster", "tea-offers", "--language", "en", "--out", page)
    assert (answer["language"], answer["file"]) == ("en", str(page))
    assert "Scan to sign up" in page.read_text("utf-8")
    tea.answer("form", "poster", "tea-offers", "--out", code)
    assert code.read_text("utf-8").startswith("<?xml")


@pytest.mark.parametrize(
    ("arguments", "code"),
    [(("nothing",), "FORM_UNKNOWN"), (("tea-offers", "--language", "ko"), "LANGUAGE_UNKNOWN")],
)
def test_a_poster_of_what_there_is_not_is_refused(
    tea: Terminal, arguments: tuple[str, ...], code: str
) -> None:
    assert tea.refusal("form", "poster", *arguments)["code"] == code


def test_neither_poster_nor_link_without_a_public_address(tea: Terminal) -> None:
    bare = Terminal({**tea.environ, "YESFIRST_PUBLIC_URL": ""})
    assert bare.refusal("form", "poster", "tea-offers")["code"] == "PUBLIC_URL_MISSING"


def test_a_link_is_made_for_a_number_that_the_brand_knows(readers: Terminal) -> None:
    reached = Terminal({**readers.environ, "YESFIRST_PUBLIC_URL": ADDRESS})
    lines = (CAMPAIGNS / "harbour-books" / "people.csv").read_text("utf-8-sig").splitlines()
    ask = ("people", "link", "--brand", "harbour-books", "--phone", "-")
    link = reached.answer(*ask, written=lines[1].split(",")[2])
    assert link["url"].startswith(f"{ADDRESS}/p/")
    assert reached.refusal(*ask, written="+12025550199")["code"] == "SUBJECT_UNKNOWN"
