from collections.abc import Callable
from datetime import date
from hashlib import sha256
from importlib import resources
from typing import Any

import pytest
import yaml

from yesfirst import rulebooks
from yesfirst.rules.rule import Confidence, Tier
from yesfirst.rules.rulebook import InvalidRulebook, Status, rules_of


def shipped(name: str) -> bytes:
    return resources.files("yesfirst.rulebooks").joinpath(f"{name}.yaml").read_bytes()


BASES = {"AU", "BR", "CA", "CN", "EU", "GB", "HK", "IN", "JP", "KR", "SG", "TW", "US"}
STATES = {"AL", "CT", "FL", "LA", "MA", "MD", "MS", "NJ", "NY", "OK", "OR", "RI", "TX", "VA", "WA"}
ADVISORY = {"CA", "IL", "KY", "MI", "MN", "NM", "NV"}


def test_the_shipped_rulebooks_are_drafts() -> None:
    books = rulebooks.load_all()
    assert set(books) == BASES | {"DE", "FR"} | {f"US-{state}" for state in STATES | ADVISORY}
    assert {book.status for book in books.values()} == {Status.DRAFT}


def test_an_overlay_names_shipped_parents() -> None:
    books = rulebooks.load_all()
    parents = {id: book.scope.parents for id, book in books.items() if book.scope.parents}
    assert parents == {id: ("EU",) if id in ("DE", "FR") else ("US",) for id in books if id not in BASES}


def test_no_rulebook_passes_for_legal_advice() -> None:
    for name in rulebooks.load_all():
        assert "None of this is legal advice." in shipped(name).decode().splitlines()[0]


@pytest.mark.parametrize("name", sorted(BASES))
def test_a_rulebook_is_named_by_the_hash_of_its_bytes(name: str) -> None:
    assert rulebooks.load(name).hash == sha256(shipped(name)).digest()


def test_every_rule_has_a_place_a_confidence_and_a_tier() -> None:
    rules = dict(rules_of(rulebooks.load("KR")))
    assert rules["quiet_hours"].tier is Tier.LAW
    assert rules["consent.accepted.existing_relationship"].conf is Confidence.PRIMARY
    assert rules["opt_out.confirmation"].tier is Tier.PRODUCT
    assert len(rules) > 20


def test_an_unknown_rulebook_is_named_with_those_that_exist() -> None:
    with pytest.raises(rulebooks.UnknownRulebook, match="no rulebook 'XX'; there are AU, BR, CA, CN, DE, "):
        rulebooks.load("XX")


def altered(change: Callable[[dict[str, Any]], object]) -> bytes:
    plain = yaml.safe_load(shipped("GB"))
    change(plain)
    return yaml.safe_dump(plain, allow_unicode=True).encode()


def release(plain: dict[str, Any], **more: str) -> None:
    plain.update(status="released", **more)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda p: p.update(colour="red"), "unknown field `colour`"),
        (lambda p: p["quiet_hours"].update(colour="red"), r"unknown field `colour` - at `\$.quiet_hours`"),
        (lambda p: p["consent"]["accepted"][1].pop("needs"), r"`needs` - at `\$.consent.accepted\[1\]`"),
        (lambda p: p["opt_out"]["legal_max"].pop("conf"), r"`conf` - at `\$.opt_out.legal_max`"),
        (lambda p: p["opt_out"]["legal_max"].pop("tier"), r"`tier` - at `\$.opt_out.legal_max`"),
        (lambda p: p["opt_out"]["legal_max"].pop("cite"), r"`cite` - at `\$.opt_out.legal_max`"),
        (
            lambda p: p["opt_out"]["legal_max"].update(conf="S"),
            "without cite must have tier product or conf M",
        ),
        (lambda p: p["content"]["require"][0].update(cite=["nobody"]), "cites 'nobody', which is not among"),
        (lambda p: p["quiet_hours"]["allowed"][0].update({"to": 1260}), r"allowed\[0\].to"),
        (lambda p: p["quiet_hours"]["allowed"][0].update({"to": "25:00"}), r"allowed\[0\].to"),
        (lambda p: p["quiet_hours"]["allowed"][0].update({"to": "07:00"}), "must end after they begin"),
        (lambda p: p["quiet_hours"]["allowed"][0].update(days=["someday"]), r"days\[0\]"),
        (lambda p: p["quiet_hours"]["holidays"].update(closed=True), "closed holidays need a calendar"),
        (lambda p: p["quiet_hours"]["holidays"].update(closed=True, calendar="XX"), r"holidays.calendar"),
        (lambda p: p["scope"].update(area_codes=[212]), "area_codes and area_codes_conf belong together"),
        (lambda p: p["scope"].update(area_codes=[12], area_codes_conf="M"), r"area_codes\[0\]"),
        (lambda p: p["scope"].pop("recipient_types"), "must say `scope.recipient_types`"),
        (lambda p: p["consent"].pop("accepted"), "must say `consent.accepted`"),
        (
            lambda p: p["consent"]["accepted"][1].update(id="charity"),
            "two rules are called consent.accepted.charity",
        ),
        (lambda p: p["consent"]["accepted"][0].update(replaces=True), r"accepted\[0\].replaces"),
        (lambda p: p["retention"][0].pop("min"), "has a min, a max or both"),
        (
            lambda p: p["quiet_hours"].update(effective={"from": date(2027, 1, 1), "to": date(2027, 1, 1)}),
            "`to` must be later than `from`",
        ),
        (lambda p: p["opt_out"]["confirmation"].update(within="5 minutes"), r"confirmation.within"),
        (lambda p: p["opt_out"]["confirmation"].update(marketing=True), r"confirmation.marketing"),
        (lambda p: p["scope"].update(zones=["Europe/Lundon"]), "no time zone 'Europe/Lundon'"),
        (lambda p: p.update(version="yesterday"), r"version"),
        (lambda p: p.update(hash="x"), "`hash` is computed"),
        (lambda p: p.pop("opt_out"), "must say `opt_out.legal_max`"),
        (release, "names the human who reviewed it"),
        (lambda p: release(p, reviewed_by="Counsel"), "is law from memory"),
    ],
)
def test_a_rulebook_that_breaks_its_form_is_refused_with_the_place(
    change: Callable[[dict[str, Any]], object], message: str
) -> None:
    with pytest.raises(InvalidRulebook, match=message) as refused:
        rulebooks.read(altered(change), "GB.yaml")
    assert str(refused.value).startswith("GB.yaml: ")


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"id: [", "no readable YAML"),
        (b"- CN", "must be a mapping"),
        (b"id: CN\nid: US", "duplicate key 'id'"),
        (b"scope: {zones: [], zones: []}", "duplicate key 'zones'"),
        (b"id: !!python/object/apply:os.getcwd []", "no readable YAML"),
    ],
)
def test_a_file_that_is_no_rulebook_is_refused(body: bytes, message: str) -> None:
    with pytest.raises(InvalidRulebook, match=message):
        rulebooks.read(body, "XX.yaml")
