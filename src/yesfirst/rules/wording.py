"""What a text says of itself: who sends it, how to reach them, how to refuse, and how it is labelled.

`read_wording` turns a text or a template into facts; `rules.content` holds facts against rulebooks. Of a template
only its own words count: a value of a person can neither supply what is missing nor break what is there.

Invariants: what stands in a link is no name, label or instruction; a label and a signature count only as they
are written, so `(광고)` after a space is not at the start.

Known gaps: instructions are known in Chinese, English, Korean, French, Spanish, Portuguese and German; a text that
gives an instruction and takes it back ("STOP does not work") is not understood; a brand's name that is also a
common word counts wherever the word stands.
"""

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum

from yesfirst.rules.text import Template

# Nobody writes these characters (private use): they stand for what a person's value and a link leave in the text.
_VALUE, _LINK = "\ue000", "\ue001"
_URL = re.compile(r"(?:https?://|www\.)[^\s，。；、）】\ue000]+", re.IGNORECASE)
_SIGNATURE = re.compile(r"【([^【】\ue000]*)】")
_LABEL = re.compile(
    # A bracketed mark with a word for advertising in it, or the bare Korean word at the very start.
    r"[(\[（［【<〈]\s*[^()\[\]（）［］【】<>〈〉]{0,6}?(?:광\W?고|廣\s?告|广\s?告|広\s?告|\bADV?\b)"
    r"[^()\[\]（）［］【】<>〈〉]{0,6}\s*[)\]）］】>〉]|\A\s*광\s?고",
    re.IGNORECASE,
)
_PRIVATE_CONTACT = re.compile(
    r"加\s?(?:我|个|店主|客服)?的?\s?(?:微信|薇信|威信|v\s?信|vx|wx|weixin|wechat|qq)(?!公众号|小程序)"
    r"|(?:微信|wechat|vx)\s?(?:号|群|id)?\s?[::]\s?\w|(?:微信|qq)\s?(?:交流|福利)?群|qq\s?[::]?\s?\d{5,}",
    re.IGNORECASE,
)
_PHONE = re.compile(r"\+?\d(?:[\d\s().-]{3,}\d)")
_MAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_HOST = re.compile(r"(?:https?://|www\.)(?:www\.)?([\w.-]+)", re.IGNORECASE)


class Place(StrEnum):
    START = "start"
    WITHIN = "within"
    END = "end"


class WayOut(StrEnum):
    """How a text says that one may refuse."""

    REPLY = "reply"  # a word sent back
    STOP_AT = "stop_at"  # a word sent to another number: STOP au 36111
    FREE_CALL = "free_call"  # a call that costs nothing: 무료수신거부 080-…
    LINK = "link"


_KEYWORD = r"(?:STOP|ARRET|ARRÊT|BAJA|SAIR|SALIR|PARAR|CANCELAR|STOPP|UNSUBSCRIBE|CANCEL|QUIT|END|TD|[RTN])"
_END = r"(?![\w-])"
_QUOTE = r"[\s\"'“”‘’「」«»:]{0,3}"
_WAYS: tuple[tuple[WayOut, re.Pattern[str]], ...] = tuple(
    (way, re.compile(pattern, re.IGNORECASE))
    for way, pattern in (
        (WayOut.FREE_CALL, r"무료\s?(?:수신)?\s?거부\s?:?\s?080[-\s]?[\dX]{3,4}[-\s]?[\dX]{4}(?![\dX])"),
        (WayOut.STOP_AT, r"\bSTOP\s(?:\w+\s){0,2}(?:au|al|an|at|to)\s(?:[0-9]{4,7}(?!\d)|<short code>)"),
        # 拒收请回复R, 退订回T, 退订回复TD
        (
            WayOut.REPLY,
            rf"(?:拒收|拒绝|退订|退訂|取消订阅|取消訂閱)[\s,:]?(?:请|請)?(?:回复|回覆|回復|回|发送|發送){_QUOTE}"
            rf"(?:TD|[RTN]|退订|退訂|拒收|STOP){_END}",
        ),
        # 回T退订, 回复TD退订
        (
            WayOut.REPLY,
            rf"(?:回复|回覆|回復|回|发送|發送){_QUOTE}(?:TD|[RTN]|STOP){_QUOTE}(?:即可|可|以)?(?:退订|退訂|拒收|取消)",
        ),
        # Reply R to stop; Répondez STOP; Responda BAJA; Antworten Sie STOP
        (
            WayOut.REPLY,
            rf"\b(?:reply|respond|répondez|repondez|répondre|responda|responde|responder|antworten sie|antwort)\s"
            rf"(?:with\s|by\s|avec\s|par\s|con\s|com\s|mit\s)?(?:the word\s)?{_QUOTE}{_KEYWORD}{_END}",
        ),
        (
            WayOut.REPLY,
            rf"\b(?:text|txt|send|envoyez|envíe|envie|envía|senden sie)\s{_QUOTE}{_KEYWORD}{_QUOTE}"
            rf"(?:to|pour|para|um|2)\s(?:stop|end|opt[\s-]?out|unsubscribe|cancel|quit|(?:ne|no|não|keine)\s\w+"
            rf"|arrêter|se désabonner|vous désabonner|darse de baja|cancelar|sair|abzubestellen)",
        ),
        (WayOut.REPLY, r"\bSTOP\s?(?:to|2|=)\s?(?:end|stop|opt[\s-]?out|unsubscribe|cancel|quit)\b"),
        (
            WayOut.REPLY,
            rf"수신\s?거부\s?:?{_QUOTE}STOP\s?(?:회신|답장)?|STOP\s?(?:회신|답장)|{_QUOTE}거부{_QUOTE}(?:회신|답장)",
        ),
        (
            WayOut.LINK,
            r"(?:opt[\s-]?out|unsubscribe|stop|退订|退訂|拒收|수신\s?거부|désabonner|désinscription|désinscrire"
            rf"|darse de baja|cancelar|abmelden|abbestellen)[\s:,]{{0,3}}"
            rf"(?:at|here|ici|aquí|请点击|点击|点|via)?[\s:]{{0,2}}{_LINK}",
        ),
    )
)


@dataclass(frozen=True, slots=True)
class Voice:
    """By what a text of a brand is known: its names, the sender's 【签名】, and its contacts as it writes them."""

    names: tuple[str, ...]
    contact: str
    signature: str | None = None


@dataclass(frozen=True, slots=True)
class Wording:
    """Facts about a text. Where something stands, and in which form, is taken to be right unless said.

    `label` is the mark as it is written, right or wrong; `variables` are the names of the placeholders.
    `signed`: the sender's 【签名】 opens the text, and no other stands in it.
    """

    sender_name: bool
    contact: bool
    opt_out_instruction: bool
    label: str | None = None
    label_place: Place = Place.START
    signed: bool = True
    ways_out: frozenset[WayOut] = frozenset(WayOut)
    way_out_place: Place = Place.END
    variables: tuple[str, ...] = ()
    private_contact: bool = False

    @property
    def items(self) -> frozenset[str]:
        """What of it rulebooks may prohibit, by their names for it."""
        found = {"variables_in_marketing_template": self.variables, "private_qq_wechat": self.private_contact}
        return frozenset(name for name, there in found.items() if there)


def read_wording(text: str | Template, voice: Voice) -> Wording:
    """The facts of a template's own words, or of a text that nobody's values stand in."""
    variables: tuple[str, ...] = ()
    if isinstance(text, Template):
        variables = tuple(dict.fromkeys(each.name for each in text.placeholders))
        text = "".join(piece if isinstance(piece, str) else _VALUE for piece in text.pieces)
    words = _plain(_URL.sub(_LINK, text))
    label = _LABEL.search(text)
    signatures = _SIGNATURE.findall(text)
    ways = ways_out(text)
    return Wording(
        sender_name=any(_names(words, name) for name in voice.names),
        contact=_contact(text, voice.contact),
        opt_out_instruction=bool(ways),
        label=label[0].strip() if label else None,
        label_place=Place.START if label and text.startswith(label[0].strip()) else Place.WITHIN,
        signed=len(signatures) == 1
        and text.startswith(f"【{signatures[0]}】")
        and _ours(signatures[0], voice),
        ways_out=ways,
        way_out_place=_place_of_way_out(text),
        variables=variables,
        private_contact=_PRIVATE_CONTACT.search(words) is not None,
    )


def ways_out(text: str) -> frozenset[WayOut]:
    """The ways to refuse that a text names; a rulebook's example is read in the same way."""
    words = _plain(_URL.sub(_LINK, text))
    return frozenset(way for way, pattern in _WAYS if pattern.search(words))


def contacts_in(text: str) -> frozenset[str]:
    """Telephone numbers (digits alone), mail addresses and hosts of links, each as it is compared."""
    words = unicodedata.normalize("NFKC", text)
    hosts = {found.casefold().rstrip(".") for found in _HOST.findall(words)}
    words = _URL.sub(" ", words)
    mails = {found.casefold() for found in _MAIL.findall(words)}
    phones = {re.sub(r"\D", "", found) for found in _PHONE.findall(_MAIL.sub(" ", words))}
    return frozenset(hosts | mails | phones)


def _contact(text: str, contact: str) -> bool:
    """Whether one of the brand's contacts stands in the text; a contact without any is looked for as it is."""
    wanted = contacts_in(contact)
    if not wanted:
        return _names(_plain(text), contact)
    return any(there == ours or there.endswith(f".{ours}") for there in contacts_in(text) for ours in wanted)


def _ours(signature: str, voice: Voice) -> bool:
    if voice.signature is not None:
        return f"【{signature}】" == voice.signature
    return signature in voice.names


def _names(words: str, name: str) -> bool:
    """Whether a name stands in plain words, as a word of its own where its script has words."""
    return re.search(rf"(?<![a-z0-9]){re.escape(_plain(name))}(?![a-z0-9])", words) is not None


def _place_of_way_out(text: str) -> Place:
    """END where nothing follows the last instruction but a full stop."""
    words = _plain(_URL.sub(_LINK, text))
    ends = [found.end() for _, pattern in _WAYS for found in pattern.finditer(words)]
    return Place.END if ends and not words[max(ends) :].strip(" .。!") else Place.WITHIN


def _plain(text: str) -> str:
    """One case, one width, single spaces: how words are compared. Link and value marks stay."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())
