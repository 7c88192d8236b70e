"""Companies that may be texted without having agreed: where every rulebook that applies lets them be."""

from collections.abc import Mapping

from yesfirst.rules.consent import BARE_RECORD, Record
from yesfirst.rules.position import Basis, Position, Recipient, Stand, Whereabouts
from yesfirst.rules.reason import Reason
from yesfirst.rules.rulebook import Rulebook
from yesfirst.rules.ruling import rule

CORPORATE_EXEMPT = "corporate_exempt"
"""The kind of a basis that is no consent: an exemption for companies, such as that of PECR reg 22."""


def exempt(
    where: Whereabouts,
    recipient: Recipient,
    rulebooks: Mapping[str, Rulebook],
    record: Record = BARE_RECORD,
) -> bool:
    """Whether such a basis counts for this recipient, under the loaded rulebooks by id."""
    basis = Basis(kind=CORPORATE_EXEMPT, record=record, night=False)
    ruling = rule(Position(where=where, recipient=recipient, stand=Stand.OPEN, basis=basis), rulebooks)
    refused = {Reason.JURISDICTION_UNRESOLVED, Reason.CONSENT_KIND_INSUFFICIENT}
    return refused.isdisjoint(finding.reason for finding in ruling.findings)
