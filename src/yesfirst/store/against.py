"""What speaks against texting a person at all, as SQL: one text for planning and for claiming.

It says what `rules.decision.decide` says about refusal and consent; a property test holds the two together.
Opening hours and unresolved places are added at the claim, where they are known. A number is refused where it
enters, so no row holds an invalid one.

Known gap: one channel, sms.
"""

from yesfirst.rules.consent import EVERY_PURPOSE
from yesfirst.rules.reason import Reason


def eligibility_join(purpose: str) -> str:
    """Joins the eligibility of `subject` for `purpose`, an SQL expression.

    A purpose that no event has named stands where a refusal of every purpose left it. Index: the primary key.
    """
    return f"""LEFT JOIN LATERAL (
        SELECT * FROM eligibility AS one
        WHERE one.subject = subject.id AND one.channel = 'sms' AND one.purpose IN ({purpose}, '{EVERY_PURPOSE}')
        ORDER BY one.purpose = '{EVERY_PURPOSE}'
        LIMIT 1
    ) AS eligibility ON TRUE"""


def reasons_against(now: str) -> str:
    """The reasons against `subject` with its joined `eligibility` at `now`, an SQL expression: text[]."""
    open_interval = "eligibility.subject IS NOT NULL AND eligibility.reason IS NULL"
    begun = f"coalesce(eligibility.valid_from <= {now}, FALSE)"
    table = {
        Reason.SUPPRESSED: "subject.suppressed_at IS NOT NULL",
        Reason.CONSENT_MISSING: f"eligibility.subject IS NULL OR {open_interval} AND NOT {begun}",
        Reason.CONSENT_EXPIRED: f"{open_interval} AND {begun} AND eligibility.valid_until <= {now}",
    }
    cases = [f"CASE WHEN {condition} THEN '{reason}' END" for reason, condition in table.items()]
    return f"array_remove(ARRAY[{', '.join([*cases, 'eligibility.reason'])}], NULL)"
