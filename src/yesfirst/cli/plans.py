"""A plan as people read it before they approve it."""

from datetime import timedelta
from zoneinfo import ZoneInfo

from rich.console import Group, RenderableType

from yesfirst.cli.show import counted, facts, listing
from yesfirst.usecases.plan import Plan


def about_plan(plan: Plan, zone: ZoneInfo) -> RenderableType:
    """Who, how much, how long and five texts; times are those of the brand's `zone`."""
    short = [] if plan.fits else ["The window is too short: not everybody would be reached in it."]
    samples = ["", _samples(plan)] if plan.samples else []
    return Group(facts(_pairs(plan, zone)), *samples, *short)


def _pairs(plan: Plan, zone: ZoneInfo) -> list[tuple[str, object]]:
    opens, closes = (at.astimezone(zone).isoformat(" ", "minutes") for at in (plan.opens, plan.closes))
    needed = timedelta(seconds=plan.seconds_needed)
    return [
        ("run", plan.run),
        ("campaign", plan.campaign),
        ("audience", f"{plan.audience:,}"),
        ("left out", counted(plan.excluded)),
        ("to be texted", f"{plan.messages:,}"),
        ("SMS parts", counted(dict(sorted(plan.parts.items())))),
        ("cost", f"{plan.cost} of at most {plan.cost_cap}"),
        ("window", f"{opens} to {closes} ({zone.key})"),
        ("time needed", f"{needed} of {plan.closes - plan.opens}, quiet hours not counted"),
    ]


def _samples(plan: Plan) -> RenderableType:
    rows = [(sample.number, sample.language, sample.parts, sample.text) for sample in plan.samples]
    return listing(("number", "language", "parts", "text"), rows)
