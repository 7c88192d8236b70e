import pytest

from yesfirst import rulebooks
from yesfirst.rules.replies import Reply, classify


@pytest.mark.parametrize(
    "text",
    [
        "STOP",
        "stop",
        " Stop. ",
        "ＳＴＯＰ",
        "STOP!!!",
        "“stop”",
        "STOP 🛑",
        "stop\ufe0f",
        "Stop all",
        "OPT-OUT",
        "opt out",
        "退订",
        "退订。",
        "【退订】",
        "td",
        "TD ",
        "ＴＤ",
        "拒收",
        "수신거부",
        "수신 거부",
        "거부",
        "unsubscribe",
        "REVOKE",
        "End",
    ],
)
def test_words_of_refusal_count_from_everybody(text: str) -> None:
    assert classify(text, []) is Reply.STOP


@pytest.mark.parametrize("text", ["R", "r", "Ｒ", "t.", "T", "N"])
def test_a_single_letter_refuses_only_where_a_rulebook_lists_it(text: str) -> None:
    china, britain = rulebooks.load("CN"), rulebooks.load("GB")
    assert classify(text, [china]) is Reply.STOP
    assert classify(text, [britain, china]) is Reply.STOP
    assert classify(text, [britain]) is Reply.OTHER
    assert classify(text, []) is Reply.OTHER


@pytest.mark.parametrize(
    ("text", "reply"),
    [
        ("START", Reply.START),
        ("unstop", Reply.START),
        ("HELP", Reply.HELP),
        ("info?", Reply.HELP),
        ("帮助", Reply.HELP),
        ("YES", Reply.CONFIRM),
        ("是", Reply.CONFIRM),
        ("네", Reply.CONFIRM),
        ("", Reply.OTHER),
        ("👍", Reply.OTHER),
        ("please stop by tomorrow", Reply.OTHER),
        ("the end of the week", Reply.OTHER),
        ("do not stop", Reply.OTHER),
        ("不同意", Reply.OTHER),
    ],
)
def test_a_reply_is_known_by_the_whole_text(text: str, reply: Reply) -> None:
    assert classify(text, list(rulebooks.load_all().values())) is reply


def test_every_longer_keyword_of_a_rulebook_counts_from_everybody() -> None:
    for rulebook in rulebooks.load_all().values():
        keywords = rulebook.opt_out.keywords if rulebook.opt_out else None
        if keywords is None:
            continue
        for word in (*keywords.words, *keywords.extra):
            expected = Reply.STOP if len(word) > 1 else Reply.OTHER
            assert classify(word, [rulebook]) is Reply.STOP
            assert classify(word, []) is expected
