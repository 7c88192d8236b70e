"""`yesfirst people agree` and `yesfirst people withdraw`: what is said on the telephone, at the counter, in a file."""

import csv
import hashlib
from pathlib import Path

import pytest

from cli.terminal import CAMPAIGNS, Terminal

BOOKS = CAMPAIGNS / "harbour-books"
BRAND = ("--brand", "harbour-books")
NUMBER = "+17865550192\n"
WITHDRAW = ("people", "withdraw", *BRAND)
SHOW = ("people", "show", *BRAND, "--phone", "-")


@pytest.fixture
def scan(tmp_path: Path) -> Path:
    file = tmp_path / "scan.pdf"
    file.write_bytes(b"signed")
    return file


def agree(scan: Path, *more: str, purpose: str = "marketing.offers") -> tuple[str | Path, ...]:
    notice = BOOKS / "notices" / "offers.en.md"
    paper = ("--purpose", purpose, "--notice", notice, "--method", "paper", "--proof", scan)
    return ("people", "agree", *BRAND, *paper, "--as", "Wang Fang", "--phone", "-", *more)


def test_a_signed_paper_brings_back_who_had_said_stop(shop: Terminal, scan: Path) -> None:
    shop.answer(*WITHDRAW, "--phone", "-", written=NUMBER)
    before = shop.refusal(*agree(scan, "--given", "2026-01-05", "--no-expiry"), written=NUMBER)
    assert before["code"] == "WITHDRAWN_SINCE"
    done = shop.answer(*agree(scan, "--expires-after", "365d"), written=NUMBER)
    assert done["outcome"] == "updated"
    assert done["proof"] == hashlib.sha256(b"signed").hexdigest()
    known = shop.answer(*SHOW, written=NUMBER)
    assert known["suppressed_at"] is None
    assert [one["purpose"] for one in known["refusals"]] == ["marketing.events"]


@pytest.mark.parametrize(
    "wrong",
    [
        (),
        ("--no-expiry", "--expires", "2030-01-01"),
        ("--no-expiry", "--given", "some day"),
        ("--expires-after", "a while"),
    ],
)
def test_an_agreement_says_one_end(shop: Terminal, scan: Path, wrong: tuple[str, ...]) -> None:
    assert shop.run(*agree(scan, *wrong), written=NUMBER).exit_code == 2


def test_an_agreement_to_what_the_notice_does_not_cover_is_refused(shop: Terminal, scan: Path) -> None:
    error = shop.refusal(*agree(scan, "--no-expiry", purpose="marketing.events"), written=NUMBER)
    assert error["code"] == "PURPOSE_INVALID"


def test_a_purpose_is_withdrawn_with_a_receipt_and_what_is_kept_is_said(readers: Terminal) -> None:
    asked = (
        *WITHDRAW,
        "--purpose",
        "marketing.events",
        "--via",
        "call",
        "--reason",
        "too many",
        "--as",
        "Wang Fang",
    )
    done = readers.answer(*asked, "--phone", "-", written=NUMBER)
    assert len(done["receipt"]) == 11
    assert "refusal" in done["kept"]
    assert readers.answer(*SHOW, written=NUMBER)["suppressed_at"] is None
    told = readers.run(*WITHDRAW, "--everywhere", "--phone", "-", written=NUMBER)
    assert "everything from harbour-books" in told.stdout
    assert "kept: refusal" in told.stdout


def test_a_file_of_numbers_is_withdrawn_row_by_row(shop: Terminal, tmp_path: Path) -> None:
    file = tmp_path / "gone.csv"
    file.write_text("phone,reason\n786 555 0192,too many\n12,\n786-555-0192,\n")
    report = shop.answer(*WITHDRAW, "--file", file, "--as", "Wang Fang")
    assert report["outcomes"] == {"rejected": 1, "unchanged": 1, "withdrawn": 1}
    rows = list(csv.DictReader(Path(report["result"]).read_text("utf-8-sig").splitlines()))
    assert [(row["line"], row["outcome"], row["reason"]) for row in rows] == [
        ("2", "withdrawn", ""),
        ("3", "rejected", "NUMBER_INVALID"),
        ("4", "unchanged", "SAME_NUMBER"),
    ]
    assert shop.answer(*WITHDRAW, "--file", file)["outcomes"] == {"rejected": 1, "unchanged": 2}


@pytest.mark.parametrize("wrong", [("--phone", "-"), ("--reason", "too many")])
def test_a_file_says_numbers_and_reasons_itself(
    shop: Terminal, tmp_path: Path, wrong: tuple[str, ...]
) -> None:
    file = tmp_path / "gone.csv"
    file.write_text("+17865550192\n")
    assert shop.run(*WITHDRAW, "--file", file, *wrong).exit_code == 2


def test_a_purpose_that_the_brand_does_not_have_is_refused(shop: Terminal) -> None:
    error = shop.refusal(*WITHDRAW, "--purpose", "marketing.tea", "--phone", "-", written=NUMBER)
    assert error["code"] == "PURPOSE_UNKNOWN"
