"""Receipt codes over HTTP: a refusal is shown to whoever has its code, and nothing of whose it is."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from formsite import NUMBER, FormSite, form_site, words_of
from webserver import SIGNER

from yesfirst.ledger.text import id_text
from yesfirst.rules.attempts import LIMITS, Counted
from yesfirst.usecases.receipt_codes import read_code
from yesfirst.usecases.seal import Published, open_log, seal


@pytest.fixture
async def shop(database_url: str, redis_url: str, tmp_path: Path) -> AsyncIterator[FormSite]:
    async with form_site(database_url, redis_url, tmp_path) as shop:
        yield shop


async def refuse(shop: FormSite) -> str:
    """Somebody says stop; the code that they get."""
    found = re.search(r"\b([0-9A-F]{5}-[0-9A-F]{5})\b", await shop.text("STOP"))
    assert found is not None
    return found[1]


async def look_up(shop: FormSite, code: str, path: str = "/p") -> httpx.Response:
    return await shop.client.post(path, data={"code": code, "lang": "en"})


async def test_the_page_asks_for_a_code_and_shows_what_is_on_record(shop: FormSite) -> None:
    code = await refuse(shop)
    for path in ("/p", "/p/"):
        assert 'name="code"' in (await shop.get(path)).text
        answer = await look_up(shop, code, path)
        shown = words_of(answer)
        assert answer.status_code == 200
        assert "On record" in shown
        assert "灯笼茶 上海灯笼茶业有限公司" in shown
        assert "all marketing texts" in shown
        assert "(UTC+08:00)" in shown
        assert "being sealed" in shown


async def test_a_sealed_refusal_has_its_place_in_the_log(shop: FormSite) -> None:
    code = await refuse(shop)
    engine = shop.site.ground.engine
    await open_log(engine, SIGNER.name)
    await seal(engine, SIGNER, Published(shop.site.checkpoint, SIGNER))
    index = await shop.value(
        "SELECT index FROM entry JOIN leaf ON leaf.id = entry.leaf WHERE leaf.t = 'consent.withdraw'"
    )
    assert f"entry {index}" in words_of(await look_up(shop, code))


async def test_nothing_tells_whose_it_is(shop: FormSite) -> None:
    code = await refuse(shop)
    text = (await look_up(shop, code)).text
    subject = await shop.value("SELECT id FROM subject")
    assert NUMBER[-4:] not in text
    assert id_text(subject) not in text


async def test_a_refusal_of_one_purpose_names_it(shop: FormSite) -> None:
    page = await shop.join()
    await shop.client.post(page, data={"act": "withdraw", "purpose": "marketing.offers"})
    found = re.search(r"[0-9A-F]{5}-[0-9A-F]{5}", (await shop.get(page)).text)
    assert found is not None
    assert "You refused 新品与优惠信息" in words_of(await look_up(shop, found[0]))


@pytest.mark.parametrize(
    "written",
    ["5C3580F1B6", "5c358-0f1b6", " 5c35 80f1 b6 ", "[5C358-0F1B6]", "５Ｃ３５８－０Ｆ１Ｂ６", "5C358–0F1B6"],
)
def test_a_code_is_read_however_it_is_written(written: str) -> None:
    assert read_code(written) == bytes.fromhex("5C3580F1B6")


@pytest.mark.parametrize("written", ["", "5C358-0F1B", "5C358-0F1B67", "5C358-0F1BG", "\0" * 10, "٥" * 10])
async def test_what_is_no_code_is_told_beside_the_field(shop: FormSite, written: str) -> None:
    answer = await look_up(shop, written)
    assert answer.status_code == 422
    assert 'id="code-wrong"' in answer.text


@pytest.mark.parametrize("written", ["00000-00000", "FFFFF-FFFFF"])
async def test_a_code_that_nobody_was_given_is_said_to_be_unknown(shop: FormSite, written: str) -> None:
    await refuse(shop)
    answer = await look_up(shop, written)
    assert answer.status_code == 404
    assert "There is no refusal with this code" in words_of(answer)


async def test_one_address_looks_up_only_so_many(shop: FormSite) -> None:
    code = await refuse(shop)
    await shop.value(
        "INSERT INTO attempt (key, at) SELECT $1, clock_timestamp() FROM generate_series(1, $2::int)",
        shop.site.ground.keyring.attempts_of(Counted.LOOK_UP, "127.0.0.1"),
        LIMITS[Counted.LOOK_UP].most,
    )
    answer = await look_up(shop, code)
    assert answer.status_code == 429
    assert 590 <= int(answer.headers["retry-after"]) <= 600
    assert "On record" not in answer.text
