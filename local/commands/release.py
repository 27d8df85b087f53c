"""`rideflow release` and `rideflow rollback`."""

import json
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from local.commands.console import publish_to
from local.commands.market import FurtherMarkets, use
from local.commands.output import INTERRUPTED, console, errors, fail
from local.commands.progress import Progress
from local.commands.stages import StageName, TheStage, cloud_of, failures_explained, line
from local.wording import counted

if TYPE_CHECKING:
    from local.cloud import Cloud
    from local.releases.deployer import Deployer, Standing

_AGAIN = "Try again: it goes on where it stopped."
_TELL_EVERY_S = 30.0
"""A release of prod takes more than twenty minutes."""


def release(
    stage: TheStage = StageName.LOCAL,
    status: Annotated[bool, typer.Option("--status", help="Say what is live, and change nothing.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="With --status: say it as JSON, for scripts.")] = False,
    markets: FurtherMarkets = None,
) -> None:
    """Let what was last deployed answer: all functions together, in the stage's steps. `deploy` does it at its end.

    On prod a new release gets 5, then 25, then all of the calls. Each part but the last is judged for ten minutes: if
    an alarm is raised, or the new versions fail more often than the old ones, it is taken back. Interrupted, it goes
    on where it stopped. What is live gets the web console that this checkout builds, with the markets of `deploy`.
    """
    if as_json and not status:
        raise fail("--json says what is live: it goes with --status.")
    if not status:
        use(markets)
        carry_out(stage)
        publish_to(stage)
        return
    show = _show_json if as_json else _show
    with failures_explained(_AGAIN):
        show(_quiet(stage).standing())


def rollback(
    stage: TheStage = StageName.LOCAL,
    further: Annotated[
        bool, typer.Option("--further", help="Go back also if what was deployed last has no calls any more.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Go back without a question.")] = False,
) -> None:
    """Let the release before answer again: all functions together, at once. Takes back one that is on its way.

    Says first from which release to which it goes, and asks. Run again, it takes nothing else back: one more release
    back needs --further. The database keeps its schema, which the release before works with. Sagas end on the release
    they began with.
    """
    with failures_explained(_AGAIN):
        way = _quiet(stage).way_back(further=further)
    console.print(f"Stage {stage.value}: {way}", highlight=False)
    if not yes:
        typer.confirm("Roll back?", abort=True)
    with _deployer(stage, "Rollback") as deployer:
        name = deployer.rollback(way)
    _tell_end(name, deployer)


def refuse_while_one_arrives(cloud: "Cloud") -> None:
    """A deploy would replace what a release that is on its way consists of: end with a sentence and status 1."""
    from local.releases.deployer import deployer_of

    if arriving := deployer_of(cloud, lambda _: None).arriving():
        raise fail(
            f"The release {arriving} is on its way. `{line('release', cloud.stage)}` lets it arrive, "
            f"`{line('rollback', cloud.stage)}` takes it back; then deploy."
        )


def carry_out(stage: StageName, began: datetime | None = None) -> None:
    """Release, and say so. Interrupted, say what is left and how to go on. `began` is when the deploy began."""
    deployer = None
    try:
        with _deployer(stage, "Release") as deployer:
            name = deployer.release(began)
    except KeyboardInterrupt:
        _tell_what_is_left(stage, deployer.percent if deployer else 0)
        raise typer.Exit(INTERRUPTED) from None
    _tell_end(name, deployer)


def _tell_end(release: str, deployer: "Deployer") -> None:
    for warning in deployer.warnings:
        errors.print(f"[yellow]![/yellow] {escape(warning)}", highlight=False, soft_wrap=True)
    console.print(f"{release} is live.", highlight=False)


def _tell_what_is_left(stage: StageName, percent: int) -> None:
    part = (
        f"The new release gets {percent} % of the calls"
        if percent
        else "The new release's part of the calls is as it was"
    )
    errors.print(
        f"Interrupted. {part}. `{line('release', stage)}` goes on, `{line('rollback', stage)}` takes it back.",
        highlight=False,
    )


def _quiet(stage: StageName) -> "Deployer":
    """The stage's deployer, to ask."""
    from local.releases.deployer import deployer_of

    return deployer_of(cloud_of(stage), lambda _: None)


@contextmanager
def _deployer(stage: StageName, name: str) -> "Iterator[Deployer]":
    """The stage's deployer, alone on this machine, with its progress shown under `name`."""
    from local.deploy import one_at_a_time
    from local.paths import STACK
    from local.releases.deployer import deployer_of
    from local.steps import step

    with failures_explained(_AGAIN):
        cloud = cloud_of(stage)
        alone = one_at_a_time(STACK) if stage is StageName.LOCAL else nullcontext()
        with alone, Progress(console, _TELL_EVERY_S) as progress, step(name, progress.report) as tell:
            yield deployer_of(cloud, tell)


def _show(standing: "Standing") -> None:
    console.print(f"{standing.release} is live.", highlight=False)
    if standing.on_the_way:
        console.print(f"{standing.on_the_way} is on its way: {standing.percent} % of the calls.", highlight=False)
    for release in sorted(standing.live.keys() - {standing.release}):
        told = counted(standing.live[release], "function is", "functions are")
        console.print(f"{told} of {release}.", highlight=False)
    for release in sorted(standing.deployed - {standing.release, standing.on_the_way}):
        console.print(f"{release} is deployed, and not released.", highlight=False)
    console.print(_way_told(standing), highlight=False)


def _way_told(standing: "Standing") -> str:
    if standing.before:
        return f"A rollback goes back to {standing.before}."
    if not standing.back:
        return "A rollback goes nowhere: no release before is known."
    further = f"With --further it goes back to {standing.back.to}."
    return f"A rollback goes nowhere: what was deployed last has no calls. {further}"


def _show_json(standing: "Standing") -> None:
    told = {
        "release": standing.release,
        "on_the_way": standing.on_the_way,
        "percent": standing.percent,
        "before": standing.before,
        "deployed": sorted(standing.deployed),
        "functions": dict(standing.live),
    }
    typer.echo(json.dumps(told))
