"""The brands that ship are whole: files check, people read, texts say what their rulebooks ask for."""

import re
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest
from msgspec import structs

from yesfirst.intake import (
    advice,
    brand,
    campaign,
    cells,
    csvfile,
    headers,
    notice,
    notice_advice,
    people,
    renewal_advice,
)
from yesfirst.intake.yamlfile import Document, decode, load
from yesfirst.rulebooks import load_all
from yesfirst.rules import parts
from yesfirst.rules.rulebook import rules_of
from yesfirst.rules.sections import ProhibitedContent
from yesfirst.rules.text import Rendered, render

CAMPAIGNS = Path(__file__).parents[2] / "campaigns"
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
BRANDS = ["harbour-books", "lantern-tea", "namsan-gym"]
# Blocks of numbers that look assigned to nobody: see campaigns/README.md.
SYNTHETIC = re.compile(r"\+861\d\d0000\d{4}|\+1(305|786|813)55501\d\d|\+447400000\d{3}|\+82100000\d{4}")


def document(path: Path) -> Document:
    return load(decode(path.read_bytes(), path.name), path.name)


def shipped(name: str) -> brand.Brand:
    return brand.check(document(CAMPAIGNS / name / "brand.yaml"))


def read_people(name: str) -> list[people.Person | people.Rejected]:
    owner = shipped(name)
    declared = [
        cells.DeclaredAttribute(key, each.type, each.aliases, each.private)
        for key, each in owner.attributes.items()
    ]
    with (CAMPAIGNS / name / "people.csv").open("rb") as source:
        layout = csvfile.read_layout(source)
        rows = list(csvfile.read_rows(source, layout))
    ends = name != "harbour-books"
    columns = headers.match_columns(
        layout.header, declared, chosen={}, sample=[row.cells for row in rows], expires_by_column=ends
    )
    plan = people.plan_import(
        columns,
        None if ends else people.NeverExpires(),
        zone=owner.time_zone,
        default_region=owner.default_region,
        width=len(layout.header),
    )
    return [people.read_row(row, plan, NOW) for row in rows]


def test_three_brands_ship() -> None:
    assert sorted(path.parent.name for path in CAMPAIGNS.glob("*/brand.yaml")) == BRANDS


@pytest.mark.parametrize("name", BRANDS)
def test_a_brand_and_its_notices_are_whole(name: str) -> None:
    owner = shipped(name)
    assert owner.id == name
    assert list(owner.purposes) == ["marketing.offers", "marketing.events"]
    notices = [notice.read((CAMPAIGNS / name / path).read_bytes(), path, owner) for path in owner.notices]
    assert {purpose for each in notices for purpose in each.purposes} == set(owner.purposes)
    assert sorted(owner.notices) == sorted(
        str(path.relative_to(CAMPAIGNS / name)) for path in (CAMPAIGNS / name / "notices").iterdir()
    )


@pytest.mark.parametrize(
    ("path", "start", "end"),
    [
        # 广告法 43(2) asks who it is and how to reach them, carriers for signature and way out.
        ("lantern-tea/winter-tea-offer.yaml", "【灯笼茶】", "拒收请回复R"),
        ("harbour-books/crime-night.yaml", "Harbour Books: ", "STOP to end"),
        # 정보통신망법 50조 4항: (광고) at the start, the free way out at the end.
        ("namsan-gym/renewal-offer.yaml", "(광고)남산짐", "무료수신거부 080-000-0000"),
    ],
)
def test_a_campaign_checks_and_its_text_has_what_the_law_asks(path: str, start: str, end: str) -> None:
    owner = shipped(path.partition("/")[0])
    sample = campaign.check(document(CAMPAIGNS / path), owner, NOW)
    first = sample.templates[sample.default_language]
    rendered = render(first, {"shop": "Miami"}, sample.missing)
    assert isinstance(rendered, Rendered)
    assert rendered.text.startswith(start)
    assert rendered.text.endswith(end)
    assert parts.count(rendered.text).n == 1


@pytest.mark.parametrize(
    "path",
    ["lantern-tea/winter-tea-offer.yaml", "harbour-books/crime-night.yaml", "namsan-gym/renewal-offer.yaml"],
)
def test_a_campaign_satisfies_the_rulebooks_of_every_place_that_its_brand_reaches(path: str) -> None:
    owner = shipped(path.partition("/")[0])
    assert advice.campaign_gaps(owner, campaign.check(document(CAMPAIGNS / path), owner, NOW), NOW) == ()


@pytest.mark.parametrize("name", BRANDS)
def test_a_notice_says_and_shows_what_the_rulebooks_of_its_places_ask_for(name: str) -> None:
    owner = shipped(name)
    for path in owner.notices:
        shown = notice.read((CAMPAIGNS / name / path).read_bytes(), path, owner)
        assert notice_advice.notice_gaps(shown, owner) == ()


@pytest.mark.parametrize("name", BRANDS)
def test_a_brand_asks_in_every_language_and_its_request_to_renew_says_what_its_places_ask_for(
    name: str,
) -> None:
    owner = shipped(name)
    kinds = (owner.replies.ask, owner.replies.remind, owner.replies.renew, owner.replies.joined)
    assert all(texts.keys() == set(owner.languages) for texts in kinds)
    assert renewal_advice.renewal_gaps(owner, NOW) == ()


@pytest.mark.parametrize("name", BRANDS)
def test_a_brand_has_a_form_with_a_keyword_and_a_privacy_policy(name: str) -> None:
    [(id, form)] = shipped(name).forms.items()
    assert id.endswith("-offers")
    assert form.keyword
    assert ".example/" in form.privacy


def test_a_request_to_renew_that_says_less_is_told_what_to_write() -> None:
    owner = shipped("namsan-gym")
    renew = {"ko": "남산짐: 계속 받으시려면 Y로 회신해 주세요"}
    owner = structs.replace(owner, replies=structs.replace(owner.replies, renew=renew))
    gaps = renewal_advice.renewal_gaps(owner, NOW)
    assert [(gap.place, gap.missing) for gap in gaps] == [
        ("KR", "CONTENT_MISSING_CONTACT"),
        ("KR", "CONTENT_MISSING_OPT_OUT"),
    ]
    assert "02-000-0000" in gaps[0].write


def test_one_relaxation_is_shown_with_its_reason_and_its_author() -> None:
    [relaxation] = shipped("lantern-tea").rules.relax
    assert relaxation.reason
    assert relaxation.by
    relaxed = dict(rules_of(load_all()["CN"]))[relaxation.rule.removeprefix("CN.")]
    assert isinstance(relaxed, ProhibitedContent)
    assert "variables_in_marketing_template" in relaxed.items


@pytest.mark.parametrize("name", BRANDS)
def test_sample_people_have_numbers_of_nobody_and_a_few_rows_to_reject(name: str) -> None:
    read = read_people(name)
    taken = [row for row in read if isinstance(row, people.Person)]
    assert len(read) == 60
    assert Counter(type(row) for row in read)[people.Rejected] in range(1, 7)
    assert all(SYNTHETIC.fullmatch(person.e164) for person in taken)


def test_some_sample_people_of_the_tea_shop_share_a_number() -> None:
    taken = [row.e164 for row in read_people("lantern-tea") if isinstance(row, people.Person)]
    assert len(taken) == len(set(taken)) + 1
