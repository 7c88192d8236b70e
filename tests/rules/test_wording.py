"""From texts to facts: who, how to reach them, how to refuse, and how the text is labelled."""

import pytest

from yesfirst.rules import text
from yesfirst.rules.wording import Place, Voice, WayOut, Wording, contacts_in, read_wording, ways_out

TEA = Voice(("灯笼茶",), "客服电话 400-000-0000", "【灯笼茶】")
BOOKS = Voice(("Harbour Books",), "help@harbour-books.example")
GYM = Voice(("남산짐",), "고객센터 02-000-0000")


@pytest.mark.parametrize(
    ("words", "signed", "named"),
    [
        ("【灯笼茶】冬茶到店", True, True),
        ("冬茶到店【灯笼茶】", False, True),
        (" 【灯笼茶】冬茶到店", False, True),
        ("【灯笼茶】【优惠】冬茶到店", False, True),
        ("【灯笼茶】冬茶到店【灯笼茶】", False, True),
        ("【灯笼】冬茶到店", False, False),
        ("[灯笼茶]冬茶到店", False, True),
        ("〖灯笼茶〗冬茶到店", False, True),
        ("冬茶到店 https://灯笼茶.example/", False, False),
        ("", False, False),
    ],
)
def test_a_signature_counts_alone_and_at_the_start(words: str, signed: bool, named: bool) -> None:
    wording = read_wording(words, TEA)
    assert (wording.signed, wording.sender_name) == (signed, named)


@pytest.mark.parametrize(
    ("words", "named"),
    [
        ("Harbour Books: crime night", True),
        ("HARBOUR  BOOKS: crime night", True),
        ("Ｈａｒｂｏｕｒ Books", True),
        ("Harbour Bookshop", False),
        ("https://x.example/Harbour Books", False),
        ("see https://x.example/harbour-books", False),
        ("see www.harbour.example/Harbour", False),
    ],
)
def test_a_name_is_a_word_and_no_part_of_a_link(words: str, named: bool) -> None:
    assert read_wording(words, BOOKS).sender_name is named


@pytest.mark.parametrize(
    ("words", "label", "place"),
    [
        ("(광고)남산짐", "(광고)", Place.START),
        ("(광고) 남산짐", "(광고)", Place.START),
        (" (광고)남산짐", "(광고)", Place.WITHIN),
        ("\u200b(광고)남산짐", "(광고)", Place.WITHIN),
        ("남산짐 (광고) 할인", "(광고)", Place.WITHIN),
        ("[광고]남산짐", "[광고]", Place.START),
        ("(광 고)남산짐", "(광 고)", Place.START),
        ("(광.고)남산짐", "(광.고)", Place.START),
        ("(광고표시)남산짐", "(광고표시)", Place.START),
        ("(대출광고)남산짐", "(대출광고)", Place.START),
        ("（광고）남산짐", "（광고）", Place.START),
        ("<광고>남산짐", "<광고>", Place.START),
        ("광고 남산짐", "광고", Place.START),
        ("남산짐 광고 문자", None, Place.WITHIN),
        ("<ADV> Tea", "<ADV>", Place.START),
        ("【广告】灯笼茶", "【广告】", Place.START),
        ("(advice) Tea", None, Place.WITHIN),
    ],
)
def test_a_label_is_told_as_it_is_written(words: str, label: str | None, place: Place) -> None:
    wording = read_wording(words, GYM)
    assert (wording.label, wording.label_place) == (label, place)


@pytest.mark.parametrize(
    ("words", "ways"),
    [
        ("拒收请回复R", {WayOut.REPLY}),
        ("退订回T", {WayOut.REPLY}),
        ("退订回复TD", {WayOut.REPLY}),
        ("退订请回复“Ｔ”", {WayOut.REPLY}),
        ("回T退订", {WayOut.REPLY}),
        ("回复TD即可退订", {WayOut.REPLY}),
        ("退訂請回覆R", {WayOut.REPLY}),
        ("退订回TXT", set()),
        ("退订功能已上线", set()),
        ("退订请点击 https://t.example/x", {WayOut.LINK}),
        ("Reply STOP to end", {WayOut.REPLY}),
        ("Reply R to stop", {WayOut.REPLY}),
        ('reply with "stop"', {WayOut.REPLY}),
        ("Reply HELP for help, STOP to end", {WayOut.REPLY}),
        ("STOP2END", {WayOut.REPLY}),
        ("Text STOP to opt-out", {WayOut.REPLY}),
        ("Opt out: https://t.example/o", {WayOut.LINK}),
        ("Unsubscribe at https://t.example/o", {WayOut.LINK}),
        ("https://t.example/reply-STOP-to-end", set()),
        ("https://t.example/?拒收请回复R", set()),
        ("Don't stop now: non-stop offers to end of June", set()),
        ("Reply YES to win", set()),
        ("Reply stop-motion", set()),
        ("무료수신거부 080-000-0000", {WayOut.FREE_CALL}),
        ("무료 수신거부: 0800000000", {WayOut.FREE_CALL}),
        ("무료거부 080-000-0000", {WayOut.FREE_CALL}),
        ("무료수신거부 02-000-0000", set()),
        ("수신거부 080-000-0000", set()),
        ("수신거부: STOP 회신", {WayOut.REPLY}),
        ("STOP au 36111", {WayOut.STOP_AT}),
        ("STOP SMS au 36034", {WayOut.STOP_AT}),
        ("STOP au bruit", set()),
        ("Répondez STOP", {WayOut.REPLY}),
        ("Envoyez STOP pour ne plus recevoir", {WayOut.REPLY}),
        ("Responda BAJA", {WayOut.REPLY}),
        ("Envíe BAJA para no recibir más", {WayOut.REPLY}),
        ("Responda SAIR", {WayOut.REPLY}),
        ("Antworten Sie mit STOP", {WayOut.REPLY}),
        ("拒收请回复R https://t.example 退订 https://t.example/o", {WayOut.REPLY, WayOut.LINK}),
    ],
)
def test_an_instruction_to_refuse_is_read_in_its_language(words: str, ways: set[WayOut]) -> None:
    wording = read_wording(words, BOOKS)
    assert wording.ways_out == ways_out(words) == ways
    assert wording.opt_out_instruction is bool(ways)


@pytest.mark.parametrize(
    ("words", "place"),
    [
        ("남산짐 무료수신거부 080-000-0000", Place.END),
        ("남산짐 무료수신거부 080-000-0000.", Place.END),
        ("무료수신거부 080-000-0000 남산짐", Place.WITHIN),
        ("남산짐", Place.WITHIN),
        ("Harbour Books. Opt out: https://t.example/o", Place.END),
    ],
)
def test_the_place_of_the_instruction_is_told(words: str, place: Place) -> None:
    assert read_wording(words, GYM).way_out_place is place


@pytest.mark.parametrize(
    ("voice", "words", "there"),
    [
        (TEA, "客服400-000-0000", True),
        (TEA, "客服4000000000", True),
        (TEA, "客服４００-０００-００００", True),
        (TEA, "客服400-000-0001", False),
        (TEA, "编号 1400-000-00001", False),
        (TEA, "https://t.example/400-000-0000", False),
        (GYM, "무료수신거부 080-000-0000", False),
        (GYM, "문의 02-000-0000 무료수신거부 080-000-0000", True),
        (BOOKS, "Help: HELP@harbour-books.example", True),
        (BOOKS, "Help: help@other.example", False),
        (Voice((), "https://tea.example/contact"), "more at https://www.tea.example/x", True),
        (Voice((), "https://tea.example/contact"), "more at https://shop.tea.example", True),
        (Voice((), "https://tea.example/contact"), "more at https://nottea.example", False),
        (Voice((), "1 Quay Street, Miami"), "Come to 1 Quay Street,  Miami!", True),
        (Voice((), "1 Quay Street, Miami"), "Come to Quay Street", False),
    ],
)
def test_a_contact_is_one_of_the_brands(voice: Voice, words: str, there: bool) -> None:
    assert read_wording(words, voice).contact is there


def test_contacts_are_compared_by_what_they_mean() -> None:
    text = "+86 400-000-0000, Help@Tea.example, https://www.Tea.example/a"
    assert contacts_in(text) == {"864000000000", "help@tea.example", "tea.example"}


@pytest.mark.parametrize(
    ("words", "private"),
    [
        ("加我微信领券", True),
        ("加V信领券", True),
        ("微信号：abc123", True),
        ("进QQ群领券", True),
        ("QQ:123456", True),
        ("福利微信群", True),
        ("关注微信公众号", False),
        ("微信支付立减", False),
    ],
)
def test_a_private_contact_is_noticed(words: str, private: bool) -> None:
    wording = read_wording(words, TEA)
    assert wording.private_contact is private
    assert ("private_qq_wechat" in wording.items) is private


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("{name|【灯笼茶】}冬茶", Wording(False, False, False, None, Place.WITHIN, False)),
        ("【{name|灯笼茶}】冬茶", Wording(False, False, False, None, Place.WITHIN, False)),
        ("{name|x}【灯笼茶】", Wording(True, False, False, None, Place.WITHIN, False)),
        ("拒收请回复{name|R}", Wording(False, False, False, None, Place.WITHIN, False)),
        ("【灯笼茶】{name|您好}", Wording(True, False, False, None, Place.WITHIN, True)),
    ],
)
def test_a_value_neither_supplies_nor_is_credited_with_anything(template: str, expected: Wording) -> None:
    wording = read_wording(text.parse(template), TEA)
    assert wording.variables == ("name",)
    assert wording.items == {"variables_in_marketing_template"}
    for fact in ("sender_name", "contact", "opt_out_instruction", "label", "label_place", "signed"):
        assert getattr(wording, fact) == getattr(expected, fact), fact


def test_a_persons_value_changes_no_fact_of_a_rendered_template() -> None:
    template = text.parse("【灯笼茶】{name|您好}，冬茶到店。客服400-000-0000，拒收请回复R")
    before = read_wording(template, TEA)
    for value in ("【他家】", "(광고)", "STOP", "https://x.example", "退订回T"):
        rendered = text.render(template, {"name": value}, text.Missing.FALLBACK)
        assert isinstance(rendered, text.Rendered)
        assert rendered.text.startswith("【灯笼茶】")
        assert rendered.text.endswith("拒收请回复R")
    assert (before.signed, before.contact, before.opt_out_instruction) == (True, True, True)


def test_facts_can_be_stated_without_a_text() -> None:
    wording = Wording(sender_name=True, contact=True, opt_out_instruction=True, label="(광고)")
    assert (wording.signed, wording.label_place, wording.way_out_place) == (True, Place.START, Place.END)
