"""Tells an explanation to a person: a paragraph, a line for each rule looked at, and a last line about advice.

Instants are told by the clock of the person, or of the brand where nobody knows the person's; the paragraph says
which clock it is. What is told holds no number and no name.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from zoneinfo import ZoneInfo

from yesfirst.rules.decision import Defer
from yesfirst.rules.explanation import Change, Explanation
from yesfirst.rules.looked import Cited, Looked, Value
from yesfirst.rules.position import Stand
from yesfirst.rules.reason import Reason, Verdict
from yesfirst.rules.reason_words import (
    CAVEATS,
    CONFIDENCE,
    INPUTS,
    MATTERS,
    PLACES,
    REASONS,
    STANDS,
    TIERS,
    Caveat,
    Language,
)

_TOLD_CHANGES = 4


@dataclass(frozen=True, slots=True)
class Shown:
    """The wording that somebody agreed to: a notice's language and the beginning of its hash."""

    language: str
    version: str


@dataclass(frozen=True, slots=True)
class Told:
    """`lines` are one for each thing looked at; `caveats` say what was taken as it is now; `advice` comes last."""

    paragraph: str
    lines: tuple[str, ...]
    caveats: tuple[str, ...]
    advice: str


@dataclass(frozen=True, slots=True)
class _Words:
    """Sentences of one language, to be filled in."""

    verdicts: Mapping[Verdict, str]
    because: str
    opens: str
    agreed: str
    wording: str
    refused: str
    nowhere: str
    somewhere: str
    changes: str
    stays: str
    begins: str
    allowed: str
    ends: str
    clock: str
    fine: str
    colon: str
    comma: str
    semicolon: str
    true: str
    false: str
    advice: str


_WORDS = {
    Language.ENGLISH: _Words(
        verdicts={
            Verdict.ALLOW: "At {at} this person may be texted for {purpose}.",
            Verdict.DEFER: "At {at} this person may not be texted yet for {purpose}",
            Verdict.REVIEW: "At {at} a person has to look before this one is texted for {purpose}",
            Verdict.DENY: "At {at} this person may not be texted for {purpose}",
        },
        because=", because {reasons}.",
        opens=" They may be from {at} on.",
        agreed=" They agreed on {given} ({kind}), which is on record since {at}.",
        wording=" They were shown the wording {version} ({language}).",
        refused=" They said stop on {at}.",
        nowhere=" Nobody can tell where they belong.",
        somewhere=" They seem to belong to {places}, whose rules apply; the clock there: {zones}.",
        changes=" The answer would change: {changes}.",
        stays=" Nothing that is known will change this answer by itself.",
        begins="from {at} on {reasons}",
        allowed="at {at} they may be texted",
        ends="from {at} on it is no longer so that {reasons}",
        clock=" All times are by the clock of {zone}.",
        fine="nothing against it",
        colon=": ",
        comma=", ",
        semicolon="; ",
        true="yes",
        false="no",
        advice="This is not legal advice.",
    ),
    Language.CHINESE: _Words(
        verdicts={
            Verdict.ALLOW: "{at}时，可以就 {purpose} 向此人发送短信。",
            Verdict.DEFER: "{at}时，暂时不能就 {purpose} 向此人发送短信",
            Verdict.REVIEW: "{at}时，就 {purpose} 向此人发送短信之前须由人工审核",
            Verdict.DENY: "{at}时，不得就 {purpose} 向此人发送短信",
        },
        because="，因为{reasons}。",
        opens="自 {at} 起可以发送。",
        agreed="此人于 {given} 同意（{kind}），{at} 记录在案。",
        wording="当时所示文本为 {version}（{language}）。",
        refused="此人于 {at} 退订。",
        nowhere="无法确定此人的归属地。",
        somewhere="此人看来属于{places}，适用当地规则；当地时区：{zones}。",
        changes="结论将在以下时刻改变：{changes}。",
        stays="就已知情况，结论不会自行改变。",
        begins="自 {at} 起，{reasons}",
        allowed="{at} 起可以发送",
        ends="自 {at} 起不再是：{reasons}",
        clock="以上时间均为 {zone} 时间。",
        fine="无碍",
        colon="：",
        comma="，",
        semicolon="；",
        true="是",
        false="否",
        advice="以上内容不构成法律意见。",
    ),
}


def tell(
    explanation: Explanation,
    *,
    purpose: str,
    zone: tzinfo,
    language: Language,
    shown: Shown | None = None,
    caveats: Sequence[Caveat] = (),
) -> Told:
    """The explanation in words; `zone` is the clock to tell times by unless the person's is another one."""
    if explanation.zones and str(zone) not in explanation.zones:
        zone = ZoneInfo(explanation.zones[0])
    telling = _Telling(explanation, purpose, zone, language)
    lines = tuple(telling.line(one) for one in explanation.looked)
    said = tuple(CAVEATS[language][one] for one in caveats)
    return Told("".join(telling.sentences(shown)), lines, said, _WORDS[language].advice)


def source(cited: Cited, language: Language) -> str:
    """What a rule rests on, in words."""
    words = _WORDS[language]
    named = words.semicolon.join(cited.titles)
    parts = (
        named,
        cited.provision or "",
        TIERS[language][cited.tier],
        CONFIDENCE[language][cited.confidence],
    )
    return words.comma.join(part for part in parts if part)


@dataclass(frozen=True, slots=True)
class _Telling:
    of: Explanation
    purpose: str
    zone: tzinfo
    language: Language

    @property
    def words(self) -> _Words:
        return _WORDS[self.language]

    def sentences(self, shown: Shown | None) -> Iterator[str]:
        words, facts = self.words, self.of.facts
        yield words.verdicts[self.of.verdict].format(at=self._at(self.of.at), purpose=self.purpose)
        if self.of.reasons:
            yield words.because.format(reasons=self._reasons(self.of.reasons))
        if isinstance(self.of.decision, Defer):
            yield words.opens.format(at=self._at(self.of.decision.not_before))
        if facts.suppressed_at is not None:
            yield words.refused.format(at=self._at(facts.suppressed_at))
        if facts.consent is not None:
            kind = facts.position.basis.kind if facts.position.basis else ""
            given = self._at(facts.consent.given)
            yield words.agreed.format(given=given, kind=kind, at=self._at(facts.consent.at))
            if shown is not None:
                yield words.wording.format(version=shown.version, language=shown.language)
        yield self._place()
        yield self._future()
        yield words.clock.format(zone=self.zone)

    def line(self, looked: Looked) -> str:
        """What was looked at, with what input, on what ground, and what it says."""
        words = self.words
        against = self._reasons(looked.reasons) if looked.reasons else words.fine
        seen = words.comma.join(
            f"{INPUTS[self.language][name]} {self._value(value)}" for name, value in looked.seen.items()
        )
        told = words.colon.join([MATTERS[self.language][looked.matter], against])
        ground = " · ".join(
            part
            for part in (looked.rule, source(looked.cited, self.language) if looked.cited else None)
            if part
        )
        return " — ".join(part for part in (told, seen, ground) if part)

    def _place(self) -> str:
        if not self.of.rulebooks:
            return self.words.nowhere
        places = self.words.comma.join(
            PLACES[self.language].get(id, id) for id in self.of.rulebooks if id != "XX-OWN"
        )
        return self.words.somewhere.format(places=places, zones=self.words.comma.join(self.of.zones))

    def _future(self) -> str:
        if not self.of.changes:
            return self.words.stays
        told = [self._change(change) for change in self.of.changes[:_TOLD_CHANGES]]
        return self.words.changes.format(changes=self.words.semicolon.join(told))

    def _change(self, change: Change) -> str:
        at = self._at(change.at)
        if change.verdict is Verdict.ALLOW:
            return self.words.allowed.format(at=at)
        if change.begins:
            return self.words.begins.format(at=at, reasons=self._reasons(change.begins))
        return self.words.ends.format(at=at, reasons=self._reasons(change.ends))

    def _reasons(self, reasons: Sequence[Reason]) -> str:
        return self.words.semicolon.join(REASONS[self.language][reason] for reason in reasons)

    def _value(self, value: Value) -> str:
        match value:
            case bool():
                return self.words.true if value else self.words.false
            case datetime():
                return self._at(value)
            case Stand():
                return STANDS[self.language][value]
            case _:
                return str(value)

    def _at(self, instant: datetime) -> str:
        """To the minute; an instant between two minutes with its seconds, so that it is not told too early."""
        local = instant.astimezone(self.zone)
        whole = not (local.second or local.microsecond)
        return f"{local:%Y-%m-%d %H:%M}" if whole else f"{local:%Y-%m-%d %H:%M:%S}"
