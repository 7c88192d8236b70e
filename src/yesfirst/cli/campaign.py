"""`yesfirst campaign`: from a file to a run, and a run from its plan to its end."""

from collections.abc import Awaitable, Callable
from pathlib import Path

import click
from rich.console import Group as Renderables

from yesfirst.cli.command import Answer, Group, note
from yesfirst.cli.gaps import about_gaps
from yesfirst.cli.house import House, in_house
from yesfirst.cli.options import FILE, TAKES_ID, as_actor, ask_number, phone
from yesfirst.cli.plans import about_plan
from yesfirst.cli.show import facts, listing
from yesfirst.ledger.text import id_text
from yesfirst.store import runs
from yesfirst.usecases import control, trial
from yesfirst.usecases.actors import Actor
from yesfirst.usecases.check import check as check_campaign
from yesfirst.usecases.files import read_campaign_file
from yesfirst.usecases.find_run import find_run
from yesfirst.usecases.ground import Ground
from yesfirst.usecases.plan import plan

_NEWEST = 50
_SELF_DECLARED = "Names are self-declared until there are accounts: this approval is worth what the name is."


@click.group(cls=Group)
def campaign() -> None:
    """Check, plan, approve and run campaigns."""


@campaign.command()
@click.argument("file", type=FILE)
def check(file: Path) -> Answer:
    """Check a campaign file against its brand and the rulebooks of the places that the brand reaches."""
    return in_house(lambda house: _check(house, file))


async def _check(house: House, file: Path) -> Answer:
    brand, found = await read_campaign_file(house.ground, file)
    checked = check_campaign(brand, found)
    said = f"{file} is valid: campaign {found.id} of {found.brand} for {found.purpose}."
    if checked.stopped:
        places = ", ".join(checked.stopped)
        said = f"{file}: nobody in {places} could be texted; the texts lack what the rulebooks ask for."
    shown = Renderables(said, about_gaps(checked.gaps)) if checked.gaps else said
    return Answer(checked, shown, refused=not checked.valid)


@campaign.command("plan")
@click.argument("file", type=FILE)
@as_actor
def plan_campaign(file: Path, actor: Actor) -> Answer:
    """Freeze the audience of a campaign, with a reason for everyone who is left out."""
    return in_house(lambda house: _plan(house, file, actor))


async def _plan(house: House, file: Path, actor: Actor) -> Answer:
    brand, found = await read_campaign_file(house.ground, file)
    planned = await plan(house.ground, brand, found, actor)
    note(
        f"A colleague approves it: yesfirst campaign approve {planned.run} --as NAME"
        if planned.messages
        else "Nobody would be texted: approve nothing, and see why people are left out."
    )
    return Answer(planned, about_plan(planned, brand.time_zone))


@campaign.command(context_settings=TAKES_ID)
@click.argument("run")
@as_actor
def approve(run: str, actor: Actor) -> Answer:
    """Approve a planned run: its text, its people and its cost, as they are frozen."""
    return in_house(lambda house: _approve(house, run, actor))


async def _approve(house: House, run: str, actor: Actor) -> Answer:
    approval = await control.approve(house.ground, await find_run(house.ground, run), actor)
    note(_SELF_DECLARED)
    pairs = [
        ("approved run", approval.run),
        ("content", approval.content),
        ("audience", approval.audience),
        ("cost at most", approval.cost_cap),
    ]
    return Answer(approval, facts(pairs))


@campaign.command("test", context_settings=TAKES_ID)
@click.argument("run_or_file")
@as_actor
@phone
def test_campaign(run_or_file: str, actor: Actor, phone: str | None) -> Answer:
    """Text a campaign, given as a file or as a run, to your own number."""
    tested = Path(run_or_file) if Path(run_or_file).is_file() else run_or_file
    return in_house(lambda house: _test(house, tested, actor, phone))


async def _test(house: House, tested: Path | str, actor: Actor, source: str | None) -> Answer:
    if isinstance(tested, Path):
        brand, found = await read_campaign_file(house.ground, tested)
    else:
        brand, found = await trial.campaign_of(house.ground, await find_run(house.ground, tested))
    number = ask_number(source, brand.default_region)
    planned = await trial.try_out(house.ground, brand, found, number, actor)
    note(f"Run {planned.run} is started; a dispatcher sends it.")
    return Answer(planned, about_plan(planned, brand.time_zone))


@campaign.command(context_settings=TAKES_ID)
@click.argument("run")
def start(run: str) -> Answer:
    """Start an approved run; a dispatcher sends it."""
    return _moved(run, control.start, "running")


@campaign.command(context_settings=TAKES_ID)
@click.argument("run")
def pause(run: str) -> Answer:
    """Pause a run; what is being handed over is finished."""
    return _moved(run, control.pause, "paused")


@campaign.command(context_settings=TAKES_ID)
@click.argument("run")
def resume(run: str) -> Answer:
    """Go on with a paused run."""
    return _moved(run, control.resume, "running")


def _moved(beginning: str, move: Callable[[Ground, bytes], Awaitable[None]], state: str) -> Answer:
    async def work(house: House) -> Answer:
        run_id = await find_run(house.ground, beginning)
        await move(house.ground, run_id)
        return Answer({"run": id_text(run_id), "state": state}, f"Run {id_text(run_id)} is {state}.")

    return in_house(work)


@campaign.command(context_settings=TAKES_ID)
@click.argument("run")
def cancel(run: str) -> Answer:
    """End a run; who was not texted yet will not be."""
    return in_house(lambda house: _cancel(house, run))


async def _cancel(house: House, beginning: str) -> Answer:
    run_id = await find_run(house.ground, beginning)
    unsent = await control.cancel(house.ground, run_id)
    value = {"run": id_text(run_id), "state": "cancelled", "unsent": unsent}
    return Answer(value, f"Run {id_text(run_id)} is cancelled; {unsent:,} people will not be texted by it.")


@campaign.command(context_settings=TAKES_ID)
@click.argument("run")
@click.option("--watch", is_flag=True, help="Follow the run until it ends; Ctrl-C only stops watching.")
def status(run: str, watch: bool) -> Answer:
    """Show where everybody of a run stands."""
    from yesfirst.cli.status import run_status

    return in_house(lambda house: run_status(house, run, watch=watch))


@campaign.command("runs")
def list_runs() -> Answer:
    """List the newest runs."""
    return in_house(_runs)


async def _runs(house: House) -> Answer:
    async with house.ground.engine.connect() as connection:
        newest = await runs.newest(connection, _NEWEST)
    value = [
        {
            "run": id_text(one.id),
            "campaign": one.campaign,
            "state": one.state,
            "audience": one.counts["audience"],
            "messages": one.counts["messages"],
            "planned_at": one.planned_at,
        }
        for one in newest
    ]
    rows = [
        (
            id_text(one.id),
            one.campaign,
            one.state,
            one.counts["audience"],
            f"{one.planned_at:%Y-%m-%d %H:%M} UTC",
        )
        for one in newest
    ]
    return Answer({"runs": value}, listing(("run", "campaign", "state", "audience", "planned"), rows))
