"""The one answer to a refusal: whether it may be sent, until when, and its words.

It confirms and nothing more: no marketing, no question, no invitation to come back.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from yesfirst.rules.period import later
from yesfirst.rules.reason import Reason
from yesfirst.rules.rulebook import Rulebook


@dataclass(frozen=True, slots=True)
class MayConfirm:
    """A confirmation may be sent before `until` (None: no latest time)."""

    until: datetime | None


_TEXTS = {
    "en": "{brand}: you are unsubscribed and will get no more marketing texts from us.",
    "zh": "【{brand}】您已退订，我们不会再向您发送营销短信。",
    "ko": "{brand}: 수신거부가 처리되었습니다. 더 이상 광고 문자를 보내지 않습니다.",
}
_CODES = {"en": " Receipt: {code}", "zh": "回执：{code}", "ko": " 접수번호: {code}"}


def confirmation_allowed(
    rulebooks: Sequence[Rulebook], stop_at: datetime | None, now: datetime, *, already_sent: bool = False
) -> MayConfirm | Reason:
    """Whether a refusal of `stop_at` may be confirmed now, under every rulebook that applies."""
    if not rulebooks:
        return Reason.JURISDICTION_UNRESOLVED
    rules = [rulebook.opt_out.confirmation for rulebook in rulebooks]
    if stop_at is None or not all(rule.allowed for rule in rules):
        return Reason.CONFIRMATION_NOT_ALLOWED
    # 47 CFR 64.1200(a)(12): within five minutes; later it would have to be shown to be reasonable.
    ends = [later(stop_at, rule.within, UTC) for rule in rules if rule.within is not None]
    until = min(ends, default=None)
    if until is not None and now >= until:
        return Reason.CONFIRMATION_WINDOW_PASSED
    if already_sent:
        return Reason.CONFIRMATION_ALREADY_SENT
    return MayConfirm(until)


def confirmation_text(brand: str, language: str, receipt_code: str | None = None) -> str:
    """The confirmation in `language` (BCP 47, English where there is none), with the brand's name in it."""
    spoken = language.partition("-")[0].lower()
    known = spoken if spoken in _TEXTS else "en"
    text = _TEXTS[known].format(brand=brand)
    return text if receipt_code is None else text + _CODES[known].format(code=receipt_code)
