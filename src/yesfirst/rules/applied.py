"""Which function applies a kind of rule, and which test holds it to that: honest about what nothing applies.

A rule that is not in the table is information for people: a duty, a penalty, a period to keep records for. So is a
registry that doesn't bind or only advises, and a registration that is not required.

Known gaps: of an accepted consent, `conditions` and `sender_type` are for people to judge; a cap per topic is
counted over all topics; `content.first_message` and `content.validity` are not applied yet, and neither are
`retention` and `opt_out.legal_max`: a refusal counts at once, and evidence is kept.
"""

from dataclasses import dataclass

from yesfirst.rules.rule import Rule
from yesfirst.rules.sections import Registration, Registry


@dataclass(frozen=True, slots=True)
class Application:
    """A function by its full name, and a test by its file and name."""

    function: str
    test: str


_RULING = "tests/rules/test_ruling.py::test_"
_CONTENT = "tests/rules/test_content.py::test_"
# By the beginning of a rule's id; the longest that fits counts.
APPLIED = {
    "consent.accepted": Application(
        "yesfirst.rules.ruling.rule", f"{_RULING}every_rulebook_must_accept_the_kind_of_consent"
    ),
    "consent.forbidden": Application(
        "yesfirst.rules.ruling.rule",
        f"{_RULING}a_record_is_held_against_the_rule_that_would_accept_it",
    ),
    "consent.night": Application(
        "yesfirst.rules.ruling.rule",
        f"{_RULING}only_waivers_that_a_rulebook_knows_and_the_consent_has_are_carried_on",
    ),
    "consent.reconfirm": Application(
        "yesfirst.rules.decision.end_of",
        "tests/rules/test_decision.py::test_a_korean_consent_is_reviewed_when_nobody_asked_again",
    ),
    "consent.minors": Application(
        "yesfirst.rules.ruling.rule",
        f"{_RULING}the_oldest_age_below_which_a_guardian_is_needed_counts_unless_one_agreed",
    ),
    "consent.other.personalised": Application(
        "yesfirst.rules.content.findings", f"{_CONTENT}targeting_needs_an_option_without_or_an_easy_refusal"
    ),
    "quiet_hours": Application(
        "yesfirst.rules.quiet_hours.open_window",
        "tests/rules/test_quiet_hours.py::test_the_answer_agrees_with_looking_at_the_clock_every_minute",
    ),
    "frequency": Application(
        "yesfirst.rules.frequency.capped",
        "tests/rules/test_decision.py::test_a_reached_cap_defers_until_it_and_the_hours_allow_it",
    ),
    "content.require": Application(
        "yesfirst.rules.content.findings",
        f"{_CONTENT}what_a_text_lacks_is_found_with_the_rule_that_asks_for_it",
    ),
    "opt_out.keywords": Application(
        "yesfirst.rules.replies.classify",
        "tests/rules/test_replies.py::test_every_longer_keyword_of_a_rulebook_counts_from_everybody",
    ),
    "opt_out.confirmation": Application(
        "yesfirst.rules.confirmation.confirmation_allowed",
        "tests/rules/test_confirmation.py::test_china_sets_no_latest_time_and_the_strictest_rulebook_wins",
    ),
    "opt_out.keep_suppressed": Application(
        "yesfirst.store.refusals.refuse",
        "tests/usecases/test_inbound.py::test_a_stop_of_a_number_that_nobody_knows_suppresses_it",
    ),
    "registries": Application(
        "yesfirst.rules.decision.decide",
        "tests/rules/test_decision.py::test_a_registry_that_binds_must_have_been_asked_of_late",
    ),
    "registration": Application(
        "yesfirst.rules.content.findings",
        f"{_CONTENT}what_is_not_registered_is_found_by_what_had_to_be",
    ),
    "prohibited_content": Application(
        "yesfirst.rules.content.findings",
        f"{_CONTENT}what_china_prohibits_is_found_in_the_text_and_in_what_is_declared",
    ),
    "cross_border": Application(
        "yesfirst.rules.content.findings", f"{_CONTENT}numbers_leave_china_only_under_a_mechanism_on_record"
    ),
}


def application(id: str, rule: Rule) -> Application | None:
    """What applies the rule of this id, which is without its rulebook's; None for what is information."""
    match rule:
        case Registry(applies=False) | Registry(advisory=True) | Registration(required=False):
            return None
    steps = id.split(".")
    beginnings = (".".join(steps[:length]) for length in range(len(steps), 0, -1))
    return next((APPLIED[one] for one in beginnings if one in APPLIED), None)
