"""What a rule found against a text: the reason, and the rule that says so, so that it can be cited."""

from dataclasses import dataclass

from yesfirst.rules.reason import Reason


@dataclass(frozen=True, slots=True)
class Finding:
    """`rule` names a rulebook and one of its rules, such as `CN.quiet_hours`; None where no rulebook is needed."""

    reason: Reason
    rule: str | None = None
