"""An explanation says what `decide` says: every finding beside its rule, every change where the answer changes."""

from collections import Counter
from datetime import timedelta
from random import Random

from usecases.histories import OFFERS, History, history, moment
from yesfirst.rulebooks import load_all
from yesfirst.rules.consent import fold, standing_of
from yesfirst.rules.content import Offer
from yesfirst.rules.decision import Consent, Facts, MessageClass, decide
from yesfirst.rules.explanation import Explanation, answer_of, explain
from yesfirst.rules.jurisdiction import origin_of
from yesfirst.rules.looked import Matter
from yesfirst.rules.position import Whereabouts, position
from yesfirst.rules.reason import Reason
from yesfirst.rules.wording import Wording

PEOPLE = 600
_TICK = timedelta(milliseconds=1)
_CLOSED = {Reason.QUIET_HOURS, Reason.CLOSED_DAY}
_LACKING = Wording(sender_name=True, contact=False, opt_out_instruction=False, private_contact=True)
_OFFER = Offer(goods="other", processed_in="US", targeted=True)


def facts_of(person: History, *, with_text: bool) -> Facts:
    standing = standing_of(fold(person.events), OFFERS, "sms")
    where = Whereabouts(origin=origin_of(person.number(7)), residence=person.residence)
    event = standing.open
    return Facts(
        number_valid=True,
        position=position(where, person.recipient, standing),
        message_class=MessageClass.MARKETING,
        consent=Consent(event.at, event.given, event.exp) if event and event.given else None,
        born=person.born,
        checks=person.checks,
        texted=person.texted,
        wording=_LACKING if with_text else None,
        offer=_OFFER if with_text else None,
    )


def explained() -> list[Explanation]:
    """Random people at random moments, half of them with a text that lacks much."""
    found = []
    for seed in range(PEOPLE):
        random = Random(seed)
        now = moment(random)
        found.append(explain(facts_of(history(random, now), with_text=seed % 2 == 0), load_all(), now))
    return found


EXPLAINED = explained()


def test_every_finding_stands_beside_what_was_looked_at_and_nothing_else_does() -> None:
    met: Counter[Matter] = Counter()
    for one in EXPLAINED:
        assert {reason for each in one.looked for reason in each.reasons} == set(one.reasons)
        met += Counter(each.matter for each in one.looked if each.reasons)
    # Else it would say nothing about them: numbers are refused where they enter, what people said has its own test.
    assert set(Matter) - met.keys() == {Matter.NUMBER, Matter.REFUSAL, Matter.REPLY}


def test_every_rule_looked_at_is_cited_with_its_confidence() -> None:
    cited = [each.cited for one in EXPLAINED for each in one.looked if each.rule]
    assert cited
    assert all(each is not None and (each.titles or each.confidence == "M") for each in cited)


def test_the_answer_changes_at_each_change_and_not_before() -> None:
    begun: Counter[Reason] = Counter()
    ended: Counter[Reason] = Counter()
    for one in EXPLAINED:
        for change in one.changes:
            _, before = answer_of(decide(one.facts, load_all(), max(one.at, change.at - _TICK)))
            verdict, after = answer_of(decide(one.facts, load_all(), change.at))
            assert change.at > one.at
            assert (change.verdict, set(before) - set(after)) == (verdict, set(change.ends))
            assert set(after) - set(before) == set(change.begins)
            begun.update(change.begins)
            ended.update(change.ends)
    assert {Reason.CONSENT_EXPIRED, Reason.RECONFIRM_OVERDUE, Reason.DNC_SCRUB_STALE} <= begun.keys()
    assert {Reason.MINOR_NO_GUARDIAN, Reason.FREQUENCY_CAP, Reason.QUIET_HOURS} <= ended.keys()


def test_until_the_first_change_the_answer_is_the_same() -> None:
    """A closed day may follow quiet hours within closed hours: those count as one here."""
    tried = 0
    for seed, one in enumerate(EXPLAINED):
        first = next((change.at for change in one.changes), one.at + timedelta(days=1))
        span = min(first - _TICK - one.at, timedelta(days=3))
        if Reason.JURISDICTION_UNRESOLVED in one.reasons:
            continue
        for part in (0.1, Random(seed).random(), 1.0):
            reasons = set(answer_of(decide(one.facts, load_all(), one.at + span * part))[1])
            assert _merged(reasons) == _merged(set(one.reasons)), (seed, part)
            tried += 1
    assert tried > PEOPLE


def _merged(reasons: set[Reason]) -> set[Reason]:
    return reasons - _CLOSED | ({Reason.QUIET_HOURS} if reasons & _CLOSED else set())
