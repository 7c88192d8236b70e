"""The hosted form over HTTP: what it shows, what a tick does, and what nobody learns from it."""

import json
import re
from collections.abc import AsyncIterator
from hashlib import sha256
from ipaddress import ip_network
from pathlib import Path

import asyncpg
import pytest
from formsite import (
    FORM,
    NUMBER,
    OFFERS,
    PAGE,
    SHOP_NUMBER,
    FormSite,
    apply,
    declared,
    form_site,
    hidden,
    words_of,
)
from webserver import SHOP

from yesfirst.intake.notice import wording_of
from yesfirst.ledger.commitment import commit, opener
from yesfirst.ledger.text import b64url
from yesfirst.rules.attempts import LIMITS, Counted
from yesfirst.web.pages.rendering import headers

FORGED = "198.51.100.1"


@pytest.fixture
async def shop(database_url: str, redis_url: str, tmp_path: Path) -> AsyncIterator[FormSite]:
    """A shop with a form, behind a proxy on this machine."""
    trusted = (ip_network("127.0.0.1"),)
    async with form_site(database_url, redis_url, tmp_path, trusted_proxies=trusted) as shop:
        yield shop


def plain(text: str) -> str:
    return " ".join(text.replace("- ", " ").split())


@pytest.mark.parametrize("language", ["zh", "en"])
async def test_the_form_shows_who_asks_and_every_word_of_its_notice(shop: FormSite, language: str) -> None:
    page = await shop.get(f"{PAGE}?lang={language}")
    notice = (SHOP / f"notices/offers.{language}.md").read_bytes()
    assert page.status_code == 200
    shown = words_of(page)
    assert plain(wording_of(notice).lstrip("□[] ")) in plain(shown)
    assert "上海灯笼茶业有限公司" in shown
    assert f'<html lang="{language}">' in page.text
    assert f'<div lang="{language}">' in page.text
    assert 'href="https://lantern-tea.example/privacy"' in page.text
    assert hidden(page.text)["notice"] == sha256(notice).hexdigest()


async def test_the_box_is_not_ticked_and_every_field_has_a_label(shop: FormSite) -> None:
    page = (await shop.get(PAGE)).text
    boxes = re.findall(r'<input type="checkbox"[^>]*>', page)
    assert len(boxes) == 1
    assert "checked" not in boxes[0]
    seen = re.findall(r'<input type="(?:checkbox|tel|text)" id="(\w+)"', page)
    assert set(seen) <= set(re.findall(r'<label for="(\w+)"', page))
    assert "<script" not in page
    assert not re.search(r'(?:src|href)="(?!https://lantern-tea\.example|\?lang=)', page)


@pytest.mark.parametrize(
    ("query", "accepts", "language"),
    [
        ("", "", "zh"),
        ("", "en-GB,en;q=0.9", "en"),
        ("", "ko, en;q=0.1", "en"),
        ("", "ko", "zh"),
        ("?lang=zh", "en", "zh"),
        ("?lang=%00", "en", "en"),
    ],
)
async def test_the_language_is_chosen_by_link_then_browser_then_brand(
    shop: FormSite, query: str, accepts: str, language: str
) -> None:
    page = await shop.get(PAGE + query, accept_language=accepts)
    assert hidden(page.text)["lang"] == language


async def test_a_tick_is_a_consent_that_waits_for_a_y(shop: FormSite) -> None:
    answer = await shop.fill_in("139 0000 0001")
    assert answer.status_code == 200
    assert "请回复 Y" in words_of(answer)
    event = "SELECT (type, method, purposes)::text FROM consent_event"
    assert await shop.value(event) == f"(grant,double,{{{OFFERS}}})"
    assert await shop.value("SELECT count(*) FROM ask WHERE kind = 'confirm'") == 1
    assert await shop.value("SELECT agreed_at FROM eligibility") is None


async def test_what_shows_the_consent_is_the_page_as_it_was_shown(shop: FormSite) -> None:
    shown = await shop.get(f"{PAGE}?lang=en")
    await shop.fill_in("123", language="en")  # a page with mistakes on it is no part of the proof
    await shop.fill_in(language="en", came_from="203.0.113.7")
    private = {
        "proof": sha256(shown.content).hexdigest(),
        "ip": "203.0.113.7",
        "ua": "a phone",
        "url": f"https://sms.example.com/shop{PAGE}",
        "phone": NUMBER,
    }
    assert await committed(shop, private) == set(private)


async def committed(shop: FormSite, private: dict[str, str]) -> set[str]:
    """Those of these values that the consent commits to, by their names."""
    connection = await asyncpg.connect(shop.database_url)
    try:
        row = await connection.fetchrow(
            "SELECT rid, sid, body, wrapped FROM leaf JOIN keystore.subject_key ON subject = sid"
            " WHERE t = 'consent.grant'"
        )
    finally:
        await connection.close()
    key = shop.site.ground.keyring.unwrap(row["wrapped"], row["sid"])
    found = json.loads(row["body"])["c"]
    assert found.keys() == private.keys()
    return {
        name
        for name, value in private.items()
        if found[name] == b64url(commit(opener(key, row["rid"], name), name, value))
    }


@pytest.mark.parametrize(
    ("fields", "field", "says"),
    [
        ({"number": "123"}, "number", "无法接收短信"),
        ({"number": ""}, "number", "请填写您的手机号"),
        ({"number": "\0"}, "number", "请填写您的手机号"),
        ({"agree": ""}, "agree", "请勾选"),
        ({"agree": "no"}, "agree", "请勾选"),
    ],
)
async def test_a_mistake_is_told_beside_its_field_and_nothing_is_recorded(
    shop: FormSite, fields: dict[str, str], field: str, says: str
) -> None:
    answer = await shop.fill_in(**fields)
    assert answer.status_code == 422
    wrong = re.search(rf'<p class="wrong" id="{field}-wrong">([^<]+)</p>', answer.text)
    assert wrong is not None
    assert says in wrong[1]
    [control] = re.findall(rf'<input [^>]*id="{field}"[^>]*>', answer.text)
    assert 'aria-invalid="true"' in control
    assert f"{field}-wrong" in control
    assert "autofocus" in control
    for table in ("consent_event", "attempt", "ask", "subject"):
        assert await shop.value(f"SELECT count(*) FROM {table}") == 0


async def test_a_notice_that_changed_meanwhile_is_shown_anew(shop: FormSite) -> None:
    before = hidden((await shop.get(PAGE)).text)
    text = (SHOP / "notices/offers.zh.md").read_text("utf-8").replace("自同意之日起两年", "自同意之日起一年")
    await apply(shop.site, declared(), {"notices/offers.zh.md": text.encode()})
    fields = {**before, "number": NUMBER, "agree": "yes"}
    answer = await shop.client.post(PAGE, data=fields)
    assert answer.status_code == 409
    assert "有变动" in words_of(answer)
    assert "自同意之日起一年" in words_of(answer)
    assert await shop.value("SELECT count(*) FROM consent_event") == 0
    fields["notice"] = hidden(answer.text)["notice"]
    assert (await shop.client.post(PAGE, data=fields)).status_code == 200
    assert await shop.value("SELECT notice FROM consent_event") == sha256(text.encode()).digest()


async def test_a_program_that_fills_in_everything_is_answered_and_not_heeded(shop: FormSite) -> None:
    person, program = await shop.fill_in(), await shop.fill_in("+8613900000002", website="x")
    assert program.text == person.text
    assert await shop.value("SELECT count(*) FROM consent_event") == 1


async def test_whatever_is_known_of_a_number_the_answer_is_the_same(shop: FormSite) -> None:
    unknown, agreed, refused, waiting = (f"+861390000000{n}" for n in range(4))
    await shop.text("TEA", agreed)
    await shop.text("STOP", refused)
    await shop.fill_in(waiting)
    answers = [await shop.fill_in(number) for number in (unknown, agreed, refused, waiting)]
    assert {(answer.status_code, answer.text) for answer in answers} == {(200, answers[0].text)}
    assert {tuple(sorted(set(answer.headers) - {"date"})) for answer in answers} == {
        tuple(sorted(set(answers[0].headers) - {"date"}))
    }
    assert all(answer.elapsed.total_seconds() >= 0.4 for answer in answers)
    shown = words_of(answers[0])
    assert "如果该号码可以接收我们的短信" in shown
    assert "START" in shown
    assert "+1 500-555-0007" in shown


async def test_who_refused_is_not_asked_and_comes_back_by_their_own_act(shop: FormSite) -> None:
    await shop.text("STOP")
    await shop.fill_in()
    assert await shop.value("SELECT count(*) FROM ask") == 0
    await shop.text("START")
    await shop.fill_in()
    assert await shop.value("SELECT count(*) FROM ask WHERE kind = 'confirm'") == 1


async def test_one_number_is_tried_three_times_a_day(shop: FormSite) -> None:
    for _ in range(LIMITS[Counted.NUMBER].most):
        assert (await shop.fill_in()).status_code == 200
    refused = await shop.fill_in(language="en")
    assert refused.status_code == 429
    assert 86_000 < int(refused.headers["retry-after"]) <= 86_400
    assert "try again in 24 hours" in words_of(refused)
    assert (await shop.fill_in("+8613900000002")).status_code == 200


async def test_one_address_signs_up_so_many_whatever_it_says_of_itself(shop: FormSite) -> None:
    await shop.value(
        "INSERT INTO attempt (key, at) SELECT $1, clock_timestamp() FROM generate_series(1, $2::int)",
        shop.site.ground.keyring.attempts_of(Counted.ADDRESS, "2001:db8:1:2::/64"),
        LIMITS[Counted.ADDRESS].most,
    )
    same = await shop.fill_in(came_from="2001:db8:1:2:ffff::1")
    lying = await shop.fill_in(came_from=f"{FORGED}, 2001:db8:1:2::1")
    other = await shop.fill_in(came_from="2001:db8:1:3::1")
    assert [one.status_code for one in (same, lying, other)] == [429, 429, 200]


async def test_one_form_asks_only_so_many(shop: FormSite) -> None:
    await shop.value(
        "INSERT INTO attempt (key, at) SELECT $1, clock_timestamp() FROM generate_series(1, $2::int)",
        shop.site.ground.keyring.attempts_of(Counted.FORM, FORM),
        LIMITS[Counted.FORM].most,
    )
    assert (await shop.fill_in()).status_code == 429
    assert await shop.value("SELECT count(*) FROM consent_event") == 0


async def test_without_a_trusted_proxy_what_a_caller_says_of_its_address_is_not_believed(
    database_url: str, redis_url: str, tmp_path: Path
) -> None:
    async with form_site(database_url, redis_url, tmp_path) as shop:
        await shop.fill_in(came_from=FORGED)
        key = shop.site.ground.keyring.attempts_of(Counted.ADDRESS, "127.0.0.1")
        assert await shop.value("SELECT count(*) FROM attempt WHERE key = $1", key) == 1


@pytest.mark.parametrize("path", ["/c/nothing", "/c/%00", "/c/%FF", "/c/nothing/poster", "/c/nothing/qr.svg"])
async def test_a_form_that_there_is_not_is_a_page_too(shop: FormSite, path: str) -> None:
    answer = await shop.get(path)
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert (await shop.client.post("/c/nothing", data={"number": NUMBER})).status_code == 404


@pytest.mark.parametrize(
    ("body", "status"),
    [(b"a=1&a=2", 400), (b"\xff", 400), (b"%FF=1", 400), (b"", 409), (b"number=" + b"1" * 20_000, 413)],
)
async def test_a_body_that_is_no_form_is_refused_with_a_page(
    shop: FormSite, body: bytes, status: int
) -> None:
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = await shop.client.post(PAGE, content=body, headers=kind)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "text/html; charset=utf-8"


async def test_every_page_lets_nothing_in_or_out(shop: FormSite) -> None:
    own = await shop.join()
    for path in (PAGE, f"{PAGE}/poster", f"{PAGE}/qr.svg", "/c/nothing", "/p", own, f"/p/{'A' * 22}"):
        answer = await shop.get(path)
        for name, value in headers().items():
            assert answer.headers[name] == value, (path, name)
        assert "set-cookie" not in answer.headers
    policy = headers()["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "frame-ancestors 'none'" in policy
    assert "form-action 'self'" in policy


async def test_a_poster_leads_to_the_form_and_names_keyword_and_number(shop: FormSite) -> None:
    poster = await shop.get(f"{PAGE}/poster?lang=en")
    shown = words_of(poster)
    assert poster.text.count("<svg") == 1
    assert f"sms.example.com/shop{PAGE}" in shown
    assert "or text TEA to +1 500-555-0007" in shown
    assert "灯笼茶 新品与优惠信息" in shown
    assert "at most 4 a month" in shown
    code = await shop.get(f"{PAGE}/qr.svg")
    assert code.headers["content-type"].startswith("image/svg+xml")
    assert code.text.startswith("<?xml")


async def test_a_poster_of_a_messaging_service_names_no_number(shop: FormSite) -> None:
    form = {
        "notices": ["notices/offers.zh.md"],
        "privacy": "https://lantern-tea.example/privacy",
        "keyword": "TEA",
    }
    await apply(shop.site, declared(forms={FORM: form}))
    shown = words_of(await shop.get(f"{PAGE}/poster"))
    assert "TEA" not in shown
    assert SHOP_NUMBER not in shown
