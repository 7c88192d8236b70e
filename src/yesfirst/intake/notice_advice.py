"""What a notice lacks before a consent to it would prove anything: what it has to say, and what a record needs.

A notice is held against the rulebooks of the places it is meant for, or all that the brand reaches. What a
rulebook does not ask for in so many words (PIPL article 17 does), the product wants all the same: a consent to
an unknown use is none.

Known gaps: what `says` quotes is there, but that it says what it should is for a person to read.
"""

from collections.abc import Iterator, Sequence

from yesfirst.intake.advice import Gap, source_of
from yesfirst.intake.brand import Brand
from yesfirst.intake.notice import Notice, Said
from yesfirst.intake.vocabulary import SHOWN, books_of
from yesfirst.rules.rule import Confidence, Rule, Tier
from yesfirst.rules.rulebook import Rulebook, rules_of
from yesfirst.rules.ruling import accepted_consents
from yesfirst.rules.wording import Voice, read_wording

_FREQUENCY, _CONTACT = "frequency", "contact"
_LAW: dict[str, tuple[str, ...]] = {
    Said.PURPOSE: ("notice",),
    Said.DATA_KINDS: ("notice",),
    Said.METHOD: ("notice",),
    Said.STORAGE_PERIOD: ("storage_limit", "notice"),
    Said.RECIPIENTS: ("share_separate_consent", "notice"),
    Said.WAY_OUT: ("withdraw", "notice"),
    Said.RIGHTS: ("rights", "notice"),
    _FREQUENCY: ("solicitation_by_sms", "frequency"),
    _CONTACT: ("notice",),
}
"""By what a notice must tell, the last words of the rules that ask for it, the more exact one first."""

_EXAMPLES: dict[str, dict[str, str]] = {
    "zh": {
        Said.PURPOSE: "目的：仅用于向我发送新品与优惠短信",
        Said.DATA_KINDS: "处理的个人信息：手机号、姓名",
        Said.METHOD: "方式：通过电信运营商以短信发送",
        Said.STORAGE_PERIOD: "保存期限：自同意之日起两年",
        Said.RECIPIENTS: "接收方：电信运营商及受托的短信服务商（写明名称）",
        Said.WAY_OUT: "撤回方式：随时回复短信“R”",
        Said.RIGHTS: "查阅、复制、更正、删除个人信息，请致电客服",
        _FREQUENCY: "每月不超过4条, and in the front matter: frequency: {max: 4, per: P1M}",
    },
    "en": {
        Said.PURPOSE: "What for: only to send you news of products and offers",
        Said.DATA_KINDS: "Data used: number, name",
        Said.METHOD: "How: by text message, through telecom operators",
        Said.STORAGE_PERIOD: "Kept for: two years from this consent",
        Said.RECIPIENTS: "Who gets it: telecom operators and our messaging provider, by name",
        Said.WAY_OUT: "To withdraw: reply STOP to any text, free of charge",
        Said.RIGHTS: "To see, correct or delete your data: call us",
        _FREQUENCY: "at most 4 a month, and in the front matter: frequency: {max: 4, per: P1M}",
    },
}


def notice_gaps(notice: Notice, brand: Brand) -> tuple[Gap, ...]:
    """Everything that the notice lacks for the places that it is meant for."""
    places = notice.countries or brand.reached
    books = {book.id: book for place in places for book in books_of(place)}
    return (
        *(
            gap
            for item in _untold(notice, brand)
            for gap in _telling(notice, brand, item, list(books.values()))
        ),
        *(gap for book in books.values() for gap in _recording(notice, book)),
    )


def _untold(notice: Notice, brand: Brand) -> Iterator[str]:
    """What the notice doesn't tell, of all that it must."""
    yield from (said for said in Said if not notice.says.get(said))
    if notice.frequency is None:
        yield _FREQUENCY
    if not read_wording(notice.wording, Voice(names=(), contact=brand.contact)).contact:
        yield _CONTACT


def _telling(notice: Notice, brand: Brand, item: str, books: Sequence[Rulebook]) -> Iterator[Gap]:
    """The gap at each rulebook that asks for it, or the product's own."""
    examples = _EXAMPLES.get(notice.language.partition("-")[0], _EXAMPLES["en"])
    write = examples.get(item, brand.contact)
    if item in tuple(Said):
        write += f", quoted in the front matter under says: {item}"
    asking = [(book, place) for book in books if (place := _asking(book, item)) is not None]
    for book, place in asking:
        yield _gap(notice, book, place, item, write)
    if not asking:
        yield Gap(
            place=", ".join(book.id for book in books),
            language=notice.language,
            missing=item,
            rule=None,
            source="the product's own wish: no rulebook of these places asks for it in so many words",
            confidence=Confidence.MEMORY,
            tier=Tier.PRODUCT,
            write=write,
        )


def _asking(book: Rulebook, item: str) -> str | None:
    places = [place for place, _ in rules_of(book)]
    return next((place for name in _LAW[item] for place in places if place.rpartition(".")[2] == name), None)


def _recording(notice: Notice, book: Rulebook) -> Iterator[Gap]:
    """What a record of this kind of consent needs, and the ways of asking that would void it."""
    consent = book.consent
    if consent is None:
        return
    voided = consent.forbidden.practices if consent.forbidden else ()
    for practice in notice.practices:
        if practice in voided:
            write = "ask again in another way: consents to this notice don't count"
            yield _gap(notice, book, "consent.forbidden", practice, write)
    if consent.accepted is None:
        return
    accepting = accepted_consents(book, notice.kind)
    if not accepting:
        kinds = " or ".join(dict.fromkeys(rule.kind for rule in consent.accepted))
        place = _place(book, consent.accepted[0]) if consent.accepted else "consent.burden_of_proof"
        yield _gap(notice, book, place, "kind", f"ask for a kind that counts here: {kinds}")
        return
    lacking, rule = min(
        ((_lacking(notice, rule.needs), rule) for rule in accepting), key=lambda each: len(each[0])
    )
    for field in lacking:
        write = f"let the wording or the form show it, then state it in the front matter: shows: [{field}]"
        yield _gap(notice, book, _place(book, rule), field, write)


def _lacking(notice: Notice, needs: Sequence[str]) -> list[str]:
    return [field for field in needs if field in SHOWN and field not in notice.shows]


def _place(book: Rulebook, rule: Rule) -> str:
    return next(place for place, each in rules_of(book) if each is rule)


def _gap(notice: Notice, book: Rulebook, place: str, missing: str, write: str) -> Gap:
    rule = dict(rules_of(book))[place]
    return Gap(
        place=book.id,
        language=notice.language,
        missing=missing,
        rule=f"{book.id}.{place}",
        source=source_of(book, rule),
        confidence=rule.conf,
        tier=rule.tier,
        write=write,
    )
