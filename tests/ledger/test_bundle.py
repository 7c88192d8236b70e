"""Bundles, the zip of a run, and the readable page."""

import io
import json
import zipfile

import pytest
from evidence_log import KEYS, MESSAGE, NOTICE, PHONE, EvidenceLog, digest, good_log, opened_json

from yesfirst.ledger import bundle, canonical
from yesfirst.ledger.bundle import BadBundle
from yesfirst.ledger.export import Export
from yesfirst.ledger.page import page
from yesfirst.ledger.text import id_text

GOOD = good_log().bundle()


def test_a_bundle_has_the_form_that_the_format_names() -> None:
    read = opened_json(GOOD)
    assert set(read) == {"format", "message", "checkpoint", "records", "openers", "blobs"}
    assert [each["index"] for each in read["records"]] == [3, 6, 8]
    assert {(e["index"], e["field"]) for e in read["openers"]} == {
        (3, "phone"),
        (6, "phone"),
        (6, "body"),
        (6, "sender"),
        (8, "carrier_id"),
    }
    assert list(read["blobs"]) == [digest(NOTICE)]
    assert canonical.encode(read) == GOOD
    assert len(GOOD) < 6_000


def test_a_bundle_is_read_back_as_it_was_built() -> None:
    read = bundle.parse(GOOD)
    again = bundle.build(MESSAGE, read.checkpoint, read.records, read.openers, read.blobs.values())
    assert again == GOOD


def test_what_is_no_bundle_is_refused_without_quoting_it() -> None:
    for bad in (
        b"",
        b"[]",
        GOOD[:-1],
        GOOD.replace(b"bundle/v1", b"bundle/v9"),
        GOOD.replace(b'"r":', b'"q":'),
    ):
        with pytest.raises(BadBundle) as caught:
            bundle.parse(bad)
        assert "139" not in str(caught.value)


def test_an_opener_does_not_show_its_value() -> None:
    assert PHONE not in repr(bundle.parse(GOOD).openers)


def test_an_export_holds_bundles_pages_keys_and_a_manifest() -> None:
    out, again = io.BytesIO(), io.BytesIO()
    for each in (out, again):
        with Export(each, id_text(b"r" * 16), KEYS) as export:
            export.add(GOOD)
        assert len(export) == 1
    assert out.getvalue() == again.getvalue()
    with zipfile.ZipFile(out) as archive:
        name = id_text(MESSAGE)
        assert archive.namelist() == [f"bundles/{name}.json", f"pages/{name}.html", "KEYS", "manifest.json"]
        assert archive.read(f"bundles/{name}.json") == GOOD
        assert archive.read("KEYS").decode().splitlines() == KEYS
        manifest = json.loads(archive.read("manifest.json"))
    assert manifest["bundles"] == {f"bundles/{name}.json": digest(GOOD)}


def test_an_export_refuses_two_bundles_about_one_message() -> None:
    def twice() -> None:
        with Export(out, "r", KEYS) as export:
            export.add(GOOD)
            export.add(GOOD)

    out = io.BytesIO()
    with pytest.raises(BadBundle, match="two bundles"):
        twice()
    with zipfile.ZipFile(out) as archive:
        assert "manifest.json" not in archive.namelist()


def test_the_page_shows_what_people_ask_for_and_escapes_it() -> None:
    log = EvidenceLog()
    log.consent("consent.grant", 1, freq="<b>4</b>", phone="<script>alert(1)</script>")
    log.decide(10)
    html = page(bundle.parse(log.bundle(blobs=[b"<img src=x>"])))
    assert "<script>" not in html
    assert "<img" not in html
    assert "&lt;script&gt;" in html
    html = page(bundle.parse(GOOD))
    for shown in (PHONE, "【灯茶】春茶上市", "每月最多四条优惠短信", "marketing.offers", "accepted"):
        assert shown in html
