"""What speaks against texting a person at all, as SQL: one text for planning, claiming and allowing.

It says what `rules.decision.decide` says about refusal, consent, age and registries; a property test holds the
two together. Opening hours, texts and caps are added at the claim, where they are known. A number is refused where
it enters, so no row holds an invalid one.

Known gap: one channel, sms.
"""

from yesfirst.rules.consent import EVERY_PURPOSE
from yesfirst.rules.reason import Reason

# What counts against a cap: texts that were handed over or may be. They are counted under the subject's lock, so that
# concurrent runs see each other's, and one that wasn't handed over after all is `ready` again and counts no more.
COUNTS_AGAINST_CAPS = "('claimed', 'calling', 'accepted', 'unknown')"


def ruling_joins(purpose: str) -> str:
    """Joins to `subject` its `eligibility` for `purpose`, an SQL expression, and the `ruling` on it.

    A purpose that no event has named stands where a refusal of every purpose left it. People without a ruling are
    left out. Indexes: primary keys.
    """
    return f"""LEFT JOIN LATERAL (
        SELECT * FROM eligibility AS one
        WHERE one.subject = subject.id AND one.channel = 'sms' AND one.purpose IN ({purpose}, '{EVERY_PURPOSE}')
        ORDER BY one.purpose = '{EVERY_PURPOSE}'
        LIMIT 1
    ) AS eligibility ON TRUE
    JOIN ruling ON ruling.id = coalesce(eligibility.ruling, subject.ruling)"""


def standing_joins(purpose: str, now: str) -> str:
    """Joins to `subject` what stands between it and a text: `ruling_joins`, and the instants `ends` and `scrubs`.

    `purpose` and `now` are SQL expressions.
    """
    return f"""{ruling_joins(purpose)}
    {ends_join(now)}
    {_scrubs_join(now)}"""


def ends_join(now: str) -> str:
    """Joins to a `ruling` and the `eligibility` that it is on the instants at which the law `ends` the consent."""
    return f"""LEFT JOIN LATERAL (
        SELECT min(ends_at) AS first, array_agg(reason) FILTER (WHERE ends_at <= {now}) AS reached
        FROM (
            SELECT reason, CASE WHEN whole_day THEN date_trunc('day', wall) + interval '1 day' ELSE wall END
                           AT TIME ZONE zone AS ends_at
            FROM unnest(ruling.end_reasons, ruling.end_periods, ruling.end_zones, ruling.end_whole_days)
                AS listed (reason, period, zone, whole_day),
                LATERAL (SELECT eligibility.given AT TIME ZONE zone + CAST(period AS interval) AS wall) AS local
        ) AS one
    ) AS ends ON cardinality(ruling.end_reasons) > 0"""


def _scrubs_join(now: str) -> str:
    return f"""LEFT JOIN LATERAL (
        SELECT min(stale_at) AS first, bool_or(coalesce(listed, FALSE)) AS listed,
               bool_or(coalesce(stale_at <= {now}, TRUE)) AS stale
        FROM (
            SELECT registry_check.listed,
                   (registry_check.checked_at AT TIME ZONE 'UTC' + CAST(age AS interval)) AT TIME ZONE 'UTC'
                       AS stale_at
            FROM unnest(ruling.registries, ruling.scrub_ages) AS asked (registry, age)
            LEFT JOIN registry_check
                   ON registry_check.subject = subject.id AND registry_check.registry = asked.registry
        ) AS one
    ) AS scrubs ON cardinality(ruling.registries) > 0"""


# Where every day begins last: nobody comes of age too early.
_TODAY = "({now} AT TIME ZONE 'Etc/GMT+12')::date"


def reasons_against(now: str) -> str:
    """The reasons against `subject` with its `standing_joins` at `now`, an SQL expression: text[], with repeats."""
    born_late = (
        f"CAST(subject.born + make_interval(years => ruling.of_age) AS date) > {_TODAY.format(now=now)}"
    )
    table = {
        Reason.SUPPRESSED: "subject.suppressed_at IS NOT NULL",
        Reason.REPLY_UNCLEAR: "subject.held_at IS NOT NULL",
        Reason.CONSENT_MISSING: f"eligibility.agreed_at > {now}",
        Reason.CONSENT_EXPIRED: f"eligibility.expires <= {now}",
        Reason.MINOR_NO_GUARDIAN: born_late,
        Reason.DNC_LISTED: "scrubs.listed",
        Reason.DNC_SCRUB_STALE: "scrubs.stale",
    }
    cases = [f"CASE WHEN {condition} THEN '{reason}' END" for reason, condition in table.items()]
    return (
        f"array_remove(ARRAY[{', '.join(cases)}], NULL) || ruling.reasons || coalesce(ends.reached, '{{}}')"
    )


CONSENT_ENDS = "least(eligibility.expires, ends.first)"
"""When the consent of `subject` with its `standing_joins` ends, by itself or by law; null: never."""
HOLDS_UNTIL = f"least({CONSENT_ENDS}, scrubs.first)"
"""When something about `subject` with its `standing_joins` begins to speak against texting; null: nothing will."""


def texted(now: str) -> str:
    """The instants that count against the caps of `subject`, an SQL array; what is not called yet counts as of `now`.

    A request to renew counts as a text, since people who were promised so many texts count it too. Indexes:
    message_subject, ask_subject.
    """
    return f"""ARRAY(
        SELECT coalesce(called_at, {now}) FROM message
        WHERE message.subject = subject.id AND message.state IN {COUNTS_AGAINST_CAPS}
        UNION ALL
        SELECT coalesce(called_at, {now}) FROM ask
        WHERE ask.subject = subject.id AND ask.kind = 'renew' AND ask.state IN {COUNTS_AGAINST_CAPS}
    )"""
