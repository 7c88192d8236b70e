import json
import runpy
import time
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from yesfirst import rulebooks
from yesfirst.rules import reply_ideas, reply_text
from yesfirst.rules.replies import Reading, Reply, classify

ROOT = Path(__file__).parents[2]
STOP = Reading(Reply.STOP)


@pytest.mark.parametrize(
    "text",
    [
        *(
            "STOP",
            "stop",
            " Stop. ",
            "ＳＴＯＰ",
            "STOP!!!",
            "“stop”",
            "STOP 🛑",
            "stop\ufe0f",
            "Stop all",
            "🛑",
        ),
        *(
            "s\u200bt\u200bo\u200bp",
            "S T O P",
            "S.T.O.P.",
            "ST0P",
            "$top",
            "stooooop",
            "sotp",
            "Stop please",
            "ok stop",
        ),
        *("OPT-OUT", "opt out", "unsubscribe", "REVOKE", "End", "cancel", "Unsubscribe, thanks"),
        *(
            "退订",
            "退订。",
            "【退订】",
            "退訂",
            "请退订",
            "td",
            "TD ",
            "ＴＤ",
            "拒收",
            "取消",
            "수신거부",
            "수신 거부",
            "거부",
        ),
        *(
            "配信停止",
            "ストップ",
            "ARRÊT",
            "arret",
            "BAJA",
            "SAIR",
            "abmelden bitte",
            "cancellami",
            "Désabonnement svp",
        ),
    ],
)
def test_words_of_refusal_count_from_everybody(text: str) -> None:
    assert classify(text, []) == STOP


@pytest.mark.parametrize("text", ["R", "r", "Ｒ", "t.", "T", "N"])
def test_a_single_letter_refuses_only_where_a_rulebook_lists_it(text: str) -> None:
    china, britain = rulebooks.load("CN"), rulebooks.load("GB")
    assert classify(text, [china]) == STOP
    assert classify(text, [britain, china]) == STOP
    assert classify(text, [britain]).meaning is not Reply.STOP
    assert classify(text, []).meaning is not Reply.STOP


def test_every_longer_keyword_of_a_rulebook_counts_from_everybody() -> None:
    for rulebook in rulebooks.load_all().values():
        keywords = rulebook.opt_out.keywords if rulebook.opt_out else None
        if keywords is None:
            continue
        for word in (*keywords.words, *keywords.extra):
            assert classify(word, [rulebook]) == STOP
            assert (classify(word, []) == STOP) is (len(word) > 1)


def test_a_keyword_of_the_rulebook_wins_over_what_it_would_mean_elsewhere() -> None:
    china = rulebooks.load("CN")
    assert classify("T", [china]) == STOP
    assert classify("取消", [china]) == STOP
    assert classify("麻烦取消一下", [china]).meaning is Reply.UNCLEAR


@pytest.mark.parametrize(
    ("text", "reply"),
    [
        ("START", Reply.START),
        ("unstop", Reply.START),
        ("sign me up again please", Reply.START),
        ("重新订阅", Reply.START),
        ("配信再開", Reply.START),
        ("HELP", Reply.HELP),
        ("info?", Reply.HELP),
        ("help please", Reply.HELP),
        ("帮助", Reply.HELP),
        ("도움말", Reply.HELP),
        ("YES", Reply.CONFIRM),
        ("y", Reply.CONFIRM),
        ("是", Reply.CONFIRM),
        ("好的", Reply.CONFIRM),
        ("네", Reply.CONFIRM),
        ("はい", Reply.CONFIRM),
        ("sí", Reply.CONFIRM),
        ("oui", Reply.CONFIRM),
        ("ja", Reply.CONFIRM),
        ("", Reply.OTHER),
        ("👍", Reply.OTHER),
    ],
)
def test_whole_texts_of_one_meaning_are_known(text: str, reply: Reply) -> None:
    assert classify(text, list(rulebooks.load_all().values())).meaning is reply


@pytest.mark.parametrize(
    "text",
    [
        *(
            "stop texting me",
            "pls stop txtin me",
            "Please take my number off your list",
            "how do I unsubscribe?",
        ),
        *("I blocked you and reported this as spam", "my lawyer will be in touch if you text again"),
        *("I'm on the do not call list", "no more texts please", "leave me alone", "lose my number"),
        *("请不要再给我发短信了", "怎么退订", "再发就投诉到12321", "請將我的號碼刪除", "唔好再send俾我"),
        *("문자 그만 보내세요", "번호 삭제해 주세요", "もう送らないでください", "リストから削除してください"),
        *("no me manden más mensajes", "¿cómo me doy de baja?", "ne m'envoyez plus de messages"),
        *(
            "bitte keine SMS mehr",
            "löscht meine Nummer",
            "não quero mais receber mensagens",
            "toglietemi dalla lista",
        ),
    ],
)
def test_a_refusal_counts_in_any_words(text: str) -> None:
    assert classify(text, []).meaning is Reply.STOP


@pytest.mark.parametrize(
    "text",
    [
        *("Sorry, wrong number", "You have the wrong person", "my husband passed away last year"),
        *(
            "this number belongs to someone else now",
            "发错人了",
            "机主已经去世了",
            "번호 잘못 아셨어요",
            "番号違いです",
        ),
        *("número equivocado", "mauvais numéro", "falsche Nummer", "número errado", "numero sbagliato"),
    ],
)
def test_whoever_is_not_the_person_who_agreed_is_told_apart(text: str) -> None:
    assert classify(text, []) == Reading(Reply.STOP, wrong_number=True)


@pytest.mark.parametrize(
    "text",
    [
        *(
            "no thanks",
            "不需要",
            "how did you get my number?",
            "please cancel",
            "cancel it please",
            "too many texts",
        ),
        *(
            "don't text me after 9pm",
            "email me instead",
            "晚上不要发",
            "괜찮아요",
            "結構です",
            "non merci",
            "nein danke",
        ),
        *("no gracias", "não obrigado", "no grazie"),
    ],
)
def test_what_may_be_a_refusal_is_unclear(text: str) -> None:
    assert classify(text, []).meaning is Reply.UNCLEAR


@pytest.mark.parametrize(
    "text",
    [
        *(
            "can't stop loving your tea",
            "when do you stop serving?",
            "who is this",
            "please stop by tomorrow",
        ),
        *(
            "the end of the week",
            "cancel my order, I picked the wrong size",
            "I'm driving right now, I'll call later",
        ),
        *(
            "你是谁",
            "公交哪一站下",
            "停不下来，太好吃了",
            "バス停の近くですか",
            "버스 정류장 어디예요",
            "¿a qué hora cierran?",
        ),
        *("quel arrêt de bus ?", "welche Haltestelle?", "onde fica a parada", "qual è la fermata"),
    ],
)
def test_what_only_sounds_like_a_refusal_is_none(text: str) -> None:
    assert classify(text, []).meaning is Reply.OTHER


@pytest.mark.parametrize(
    "text", ["please don't take me off your list", "do not stop", "no me quiten de la lista"]
)
def test_whoever_wants_to_stay_is_not_taken_off(text: str) -> None:
    assert classify(text, []).meaning is not Reply.STOP


@given(st.text(max_size=400))
@example("\ud800")
@example("\x00" * 50)
@example("ﷺ" * 50)
def test_any_text_has_a_meaning(text: str) -> None:
    assert isinstance(classify(text, [rulebooks.load("CN")]), Reading)


_WORD = st.sampled_from(["stop", "unsubscribe", "退订", "수신거부", "配信停止", "baja", "abmelden"])
_DECORATION = st.text(st.sampled_from(" .,!?-*~…\u200b\ufe0f🙏\u3000！。\n"), max_size=8)


@given(_DECORATION, _WORD, _DECORATION, st.booleans())
def test_what_decorates_a_refusal_does_not_change_it(before: str, word: str, after: str, upper: bool) -> None:
    assert classify(before + (word.upper() if upper else word) + after, []) == STOP


@given(_WORD, st.data())
def test_invisible_characters_inside_do_not_hide_a_refusal(word: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(word)))
    assert (
        classify(word[:at] + data.draw(st.sampled_from("\u200b\u200d\u00ad\ufeff")) + word[at:], []) == STOP
    )


@pytest.mark.parametrize("word", ["STOP", "UNSUBSCRIBE", "Désabonner"])
def test_full_width_letters_are_letters(word: str) -> None:
    wide = "".join(chr(ord(letter) + 0xFEE0) if letter.isascii() else letter for letter in word)
    assert reply_text.read(wide) == reply_text.read(word)


def test_every_word_of_an_idea_can_be_found() -> None:
    for idea, word in reply_ideas._entries():
        read = reply_text.read(word.removesuffix("*").replace("_", " "))
        assert idea in reply_ideas.ideas(read), (idea, word)


def test_the_weights_are_those_that_the_shipped_texts_make() -> None:
    tool = runpy.run_path(str(ROOT / "tools" / "train_replies.py"))
    assert tool["main"](["--check"]) == 0


def test_the_shipped_texts_are_read_well_and_fast() -> None:
    told = [
        json.loads(line) for line in (ROOT / "tests/data/replies.first.jsonl").read_text("utf-8").splitlines()
    ]
    classify("", [])
    began = time.process_time()
    read = [(one["label"], classify(one["text"], []).meaning) for one in told]
    took = time.process_time() - began
    stops = [meaning for label, meaning in read if label == "stop"]
    others = [meaning for label, meaning in read if label not in ("stop", "unclear")]
    assert sum(meaning in ("stop", "unclear") for meaning in stops) >= 0.98 * len(stops)
    assert sum(meaning == "stop" for meaning in others) <= 0.02 * len(others)
    assert len(told) / took >= 4_000  # a fifth of what it does: other work may go on here


@pytest.mark.parametrize("written", ["stop", "Stop", "STOP "])
def test_a_meaning_is_read_in_any_case(written: str) -> None:
    assert Reply(written) is Reply.STOP


def test_what_is_no_meaning_is_none() -> None:
    with pytest.raises(ValueError, match="perhaps"):
        Reply("perhaps")
