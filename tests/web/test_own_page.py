"""A person's own page over HTTP: what it shows, what its buttons do, and who else learns of it."""

import json
import re
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from apicaller import caller
from formsite import EVENTS, NUMBER, OFFERS, FormSite, form_site, hidden, path_in, words_of

from yesfirst.rules.attempts import LIMITS, Counted
from yesfirst.store.reviews import Kind
from yesfirst.usecases import review
from yesfirst.usecases.actors import Actor
from yesfirst.usecases.own_link import link_by_number

OTHER = "+8613900000002"
LEAVES = "SELECT count(*) FROM leaf WHERE t = 'consent.withdraw'"
OPEN = "SELECT count(*) FROM eligibility WHERE agreed_at IS NOT NULL"
CODE = re.compile(r"[0-9A-F]{5}-[0-9A-F]{5}")


@pytest.fixture
async def shop(database_url: str, redis_url: str, tmp_path: Path) -> AsyncIterator[FormSite]:
    async with form_site(database_url, redis_url, tmp_path) as shop:
        yield shop


async def act(shop: FormSite, page: str, **fields: str) -> httpx.Response:
    return await shop.client.post(page, data=fields)


async def stop(shop: FormSite, page: str, purpose: str = "*") -> str:
    """Presses a button and follows to where it leads; what stands there."""
    done = await act(shop, page, act="withdraw", purpose=purpose, lang="en")
    assert (done.status_code, done.headers["location"]) == (303, "?lang=en&done=stopped")
    return words_of(await shop.get(page + done.headers["location"]))


async def test_who_joins_by_text_gets_a_link_to_what_they_agreed_to(shop: FormSite) -> None:
    page = path_in(await shop.text("TEA"))
    answer = await shop.get(f"{page}?lang=en")
    shown = words_of(answer)
    assert answer.status_code == 200
    assert "For the number that ends in 0001" in shown
    assert NUMBER not in answer.text
    assert re.search(r"新品与优惠信息 You agreed on \d+ \w+ 20\d\d, by a text from your phone", shown)
    assert "茶会与门店活动信息 You have not agreed" in shown
    assert "自同意之日起两年" in shown
    assert re.search(r"until \d+ \w+ 20\d\d, unless you stop it", shown)


async def test_help_sends_a_link_to_whom_the_brand_knows_and_none_to_others(shop: FormSite) -> None:
    assert await shop.text("HELP") == "【灯笼茶】新品与优惠。拒收请回复R"
    await shop.text("TEA")
    assert (await shop.get(path_in(await shop.text("HELP")))).status_code == 200


async def test_a_confirmed_sign_up_shows_how_it_came_about(shop: FormSite) -> None:
    await shop.fill_in(language="en")
    waiting = words_of(await shop.get(f"{await shop.link()}?lang=en"))
    assert "Waits for your Y" in waiting
    await shop.value("UPDATE ask SET state = 'accepted'")
    page = path_in(await shop.text("Y"))
    assert "on our page, confirmed by text" in words_of(await shop.get(f"{page}?lang=en"))


async def test_one_click_stops_one_purpose_and_says_so(shop: FormSite) -> None:
    page = await shop.join()
    shown = await stop(shop, page, OFFERS)
    assert "Done." in shown
    assert "新品与优惠信息 You said no on" in shown
    assert len(CODE.findall(shown)) == 1
    assert (await shop.value(OPEN), await shop.value(LEAVES)) == (0, 1)
    assert (
        await shop.value("SELECT (scope, purpose, via)::text FROM suppression") == f"(purpose,{OFFERS},web)"
    )
    assert await shop.value("SELECT suppressed_at FROM subject") is None


async def test_one_click_stops_everything(shop: FormSite) -> None:
    page = await shop.join()
    shown = await stop(shop, page)
    assert "You get no marketing texts from 灯笼茶" in shown
    assert "Stop everything" not in shown
    assert await shop.value("SELECT (scope, via)::text FROM suppression") == "(brand,web)"
    body = json.loads(await shop.value("SELECT body FROM leaf WHERE t = 'consent.withdraw'"))
    assert (body["via"], body["purpose"]) == ("web", ["*"])


@pytest.mark.parametrize("purpose", ["*", OFFERS, EVENTS])
async def test_to_press_a_button_twice_is_one_act(shop: FormSite, purpose: str) -> None:
    page = await shop.join()
    for _ in range(3):
        await stop(shop, page, purpose)
    assert await shop.value(LEAVES) == 1


async def test_after_everything_a_single_purpose_has_nothing_left_to_stop(shop: FormSite) -> None:
    page = await shop.join()
    await stop(shop, page)
    await stop(shop, page, OFFERS)
    await stop(shop, page, "no.such.purpose")
    assert await shop.value(LEAVES) == 1


async def test_a_stop_here_settles_what_was_unclear_before(shop: FormSite) -> None:
    page = await shop.join()
    await shop.text("no thanks")
    await shop.value("UPDATE subject SET held_at = clock_timestamp()")
    await stop(shop, page)
    assert await shop.value("SELECT held_at FROM subject") is None


async def test_a_copy_holds_all_that_is_known_as_a_file(shop: FormSite) -> None:
    page = await shop.join()
    await stop(shop, page)
    answer = await act(shop, page, act="copy")
    copied = answer.json()
    assert answer.headers["content-disposition"] == 'attachment; filename="my-data.json"'
    assert answer.headers["cache-control"] == "no-store"
    assert copied["number"] == NUMBER
    [consent], [withdrawal] = copied["consents"], copied["withdrawals"]
    assert (consent["type"], consent["purposes"], consent["method"]) == ("grant", [OFFERS], "keyword")
    assert "自同意之日起两年" in copied["notices"][consent["notice"]]
    assert CODE.fullmatch(withdrawal["receipt"])
    assert copied["said_no_since"] == withdrawal["at"]


async def test_a_copy_holds_the_record_until_nothing_needs_it(shop: FormSite) -> None:
    page = await shop.join()
    await shop.value('UPDATE subject SET attributes = \'{"city": "上海"}\'')
    assert (await act(shop, page, act="copy")).json()["profile"] == {"city": "上海"}
    await stop(shop, page)
    assert (await act(shop, page, act="copy")).json()["profile"] == {}


@pytest.mark.parametrize("kind", [Kind.CORRECTION, Kind.DELETION])
async def test_a_wish_waits_for_somebody_to_read_it(shop: FormSite, kind: Kind) -> None:
    page = await shop.join()
    done = await act(shop, page, act="wish", kind=kind, said="My name is Ada.", lang="en")
    assert done.headers["location"] == "?lang=en&done=asked"
    assert "A person reads it" in words_of(await shop.get(page + done.headers["location"]))
    [waiting] = await review.list_open(shop.site.ground)
    read = await review.read(shop.site.ground, waiting.review, Actor("Wang Fang"))
    assert (read.kind, read.text, read.number) == (kind, "My name is Ada.", NUMBER)
    assert await shop.value("SELECT held_at FROM subject") is None


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"kind": "correction", "said": " "}, "said"),
        ({"kind": "deletion", "said": "x" * 1001}, "said"),
        ({"kind": "reply", "said": "x"}, "kind"),
        ({"said": "x"}, "kind"),
    ],
)
async def test_a_wish_that_says_nothing_is_asked_for_again(
    shop: FormSite, fields: dict[str, str], field: str
) -> None:
    page = await shop.join()
    answer = await act(shop, page, act="wish", lang="en", **fields)
    assert answer.status_code == 422
    assert f'id="{field}-wrong"' in answer.text
    assert await review.list_open(shop.site.ground) == []


async def test_wishes_are_limited(shop: FormSite) -> None:
    page = await shop.join()
    answers = [
        await act(shop, page, act="wish", kind="deletion") for _ in range(LIMITS[Counted.WISH].most + 1)
    ]
    assert [one.status_code for one in answers] == [303, 303, 303, 429]
    assert int(answers[-1].headers["retry-after"]) > 86_000
    assert len(await review.list_open(shop.site.ground)) == 3


async def test_every_link_that_leads_nowhere_is_answered_alike(shop: FormSite) -> None:
    ended = await shop.join()
    await shop.value("UPDATE own_page SET expires_at = clock_timestamp()")
    never = f"/p/{'A' * 22}"
    answers = [await shop.get(path) for path in (ended, never, "/p/x", "/p/%00", "/p/%FF", f"{never}B")]
    answers += [
        await act(shop, path, act=what) for path in (ended, never) for what in ("withdraw", "wish", "copy")
    ]
    answers.append(await act(shop, await shop.link(), act="nothing"))
    assert {(one.status_code, one.text) for one in answers} == {(404, answers[0].text)}
    assert await shop.value(LEAVES) == 0


async def test_a_link_leads_to_one_person_alone(shop: FormSite) -> None:
    mine, theirs = await shop.join(), await shop.join(OTHER)
    await stop(shop, mine)
    assert "You said no" not in words_of(await shop.get(f"{theirs}?lang=en"))
    assert await shop.value(OPEN) == 1


async def test_only_the_digest_of_a_token_is_kept_for_thirty_days(shop: FormSite) -> None:
    page = await shop.join()
    stored = await shop.value("SELECT token_hash FROM own_page")
    assert len(stored) == 32
    kept = "SELECT expires_at - clock_timestamp() BETWEEN '29 days 23 hours' AND '30 days' FROM own_page"
    assert await shop.value(kept)
    tables = "SELECT array_agg(t::text) FROM own_page t"
    assert page.removeprefix("/p/") not in str(await shop.value(tables))


async def test_whoever_gets_the_number_later_sees_nothing_of_who_had_it(shop: FormSite) -> None:
    before = await shop.join()
    await shop.text("STOP")
    await shop.value("UPDATE subject SET number_since = clock_timestamp()")
    assert (await shop.get(before)).status_code == 404
    after = await shop.link()
    shown = words_of(await shop.get(f"{after}?lang=en"))
    assert "You agreed on" not in shown
    assert CODE.search(shown) is None
    copied = (await act(shop, after, act="copy")).json()
    assert (copied["consents"], copied["withdrawals"], copied["notices"]) == ([], [], {})


async def test_a_page_works_without_scripts_at_its_own_address_whatever_stands_before_it(
    shop: FormSite,
) -> None:
    text = (await shop.get(await shop.join())).text
    assert "<script" not in text
    assert "action=" not in text
    assert set(re.findall(r'href="([^"]*)"', text)) == {"?lang=zh", "?lang=en"}
    assert hidden(text)["act"] == "withdraw"


async def test_the_language_is_what_the_browser_wants_else_the_persons(shop: FormSite) -> None:
    page = await shop.join()
    await shop.value("UPDATE subject SET language = 'zh'")
    for header, language in (("", "zh"), ("ko", "zh"), ("en-GB,ko", "en"), ("zh-TW,en", "zh")):
        assert f'<html lang="{language}">' in (await shop.get(page, accept_language=header)).text


async def test_the_api_gives_links_to_keys_that_may_handle_people(shop: FormSite) -> None:
    await shop.text("TEA")
    crm = await caller(shop.site)
    body = {"brand": "lantern-tea", "number": "139 0000 0001"}
    made = await crm.post("/api/people/link", body)
    assert made.status_code == 200
    assert (await shop.get(path_in(made.json()["url"]))).status_code == 200
    unknown = await crm.post("/api/people/link", {**body, "number": OTHER})
    assert (unknown.status_code, unknown.json()["code"]) == (404, "SUBJECT_UNKNOWN")


async def test_a_person_who_was_erased_has_no_page(shop: FormSite) -> None:
    page = await shop.join()
    await shop.value("UPDATE subject SET lookup = NULL, phone_sealed = NULL")
    assert (await shop.get(page)).status_code == 404


async def test_a_purpose_that_the_brand_gave_up_can_still_be_stopped(shop: FormSite) -> None:
    page = await shop.join()
    await shop.value(
        "UPDATE brand SET declared = declared #- '{purposes,marketing.offers}' WHERE id = 'lantern-tea'"
    )
    assert "You agreed" in words_of(await shop.get(f"{page}?lang=en"))
    await stop(shop, page, OFFERS)
    assert await shop.value(OPEN) == 0


async def test_neither_token_nor_number_reaches_a_log(
    database_url: str, redis_url: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level("DEBUG"):
        # In here, since pytest would give uvicorn's log of requests a handler if the server ran before.
        async with form_site(database_url, redis_url, tmp_path) as shop:
            page = await shop.join()
            link = await link_by_number(shop.site.ground, "lantern-tea", NUMBER)
            await shop.fill_in()
            await stop(shop, page)
            await act(shop, page, act="copy")
            await act(shop, page, act="wish", kind="deletion", said="Forget Ada.")
            await shop.value("ALTER TABLE own_page RENAME TO gone")
            assert (await shop.get(page)).status_code == 500
    ours = [one.getMessage() for one in caplog.records if not one.name.startswith(("httpx", "httpcore"))]
    assert any("/p/{token}" in line for line in ours)
    secrets = [page.removeprefix("/p/"), NUMBER.removeprefix("+86"), "Ada", "127.0.0.1:"]
    assert [line for line in ours for one in secrets if one in line] == []
    assert link.url not in repr(link)
