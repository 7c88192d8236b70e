"""One rule of a rulebook: what it rests on, how well that was read, and what kind of rule it is."""

from enum import StrEnum

from msgspec import Struct


class Confidence(StrEnum):
    PRIMARY = "P"  # the primary text was read
    SECONDARY = "S"  # somebody's account of it was read
    MEMORY = "M"  # to be verified before release


class Tier(StrEnum):
    LAW = "law"
    GUIDANCE = "guidance"
    CARRIER = "carrier"
    PRODUCT = "product"


class Part(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Any piece of a rulebook: closed to unknown keys."""


class Rule(Part, frozen=True, kw_only=True):
    """What a rule rests on: ids of `sources`, the confidence in them, and its tier."""

    cite: tuple[str, ...]
    conf: Confidence
    tier: Tier
    provision: str | None = None
    note: str | None = None

    def __post_init__(self) -> None:
        if not self.cite and self.tier is not Tier.PRODUCT and self.conf is not Confidence.MEMORY:
            raise ValueError("a rule without cite must have tier product or conf M")


class Statement(Rule, frozen=True, kw_only=True):
    """A rule that people apply: a duty, a penalty, an explanation."""

    id: str
    does: str
