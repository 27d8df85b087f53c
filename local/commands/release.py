"""`rideflow release` and `rideflow rollback`."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from local.commands.output import INTERRUPTED, console, errors, fail, running_stack
from local.commands.stages import Stage, StageName
from local.paths import command

if TYPE_CHECKING:
    from local.releases.deployer import Deployer, Standing


def release(
    stage: Stage = StageName.LOCAL,
    status: Annotated[bool, typer.Option("--status", help="Say what is live, and change nothing.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="With --status: say it as JSON, for scripts.")] = False,
) -> None:
    """Let what was last deployed answer: all functions together, in the stage's steps. `deploy` does it at its end.

    On prod a new release gets 5, then 25, then all of the calls. Each part but the last is judged for ten minutes: if
    an alarm is raised, or the new versions fail more often than the old ones, it is taken back. Interrupted, it goes
    on where it stopped.
    """
    if as_json and not status:
        raise fail("--json says what is live: it goes with --status.")
    if not status:
        carry_out(stage)
        return
    with _deployer(stage) as deployer:
        show = _show_json if as_json else _show
        show(deployer.standing())


def rollback(
    stage: Stage = StageName.LOCAL,
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
    with _deployer(stage) as deployer:
        way = deployer.way_back(further=further)
    console.print(f"Stage {stage.value}: {way}", highlight=False)
    if not yes:
        typer.confirm("Roll back?", abort=True)
    with _deployer(stage) as deployer:
        name = deployer.rollback(way)
    _tell_end(name, deployer)


def refuse_while_one_arrives(stage: StageName) -> None:
    """A deploy would replace what a release that is on its way consists of: end with a sentence and status 1."""
    from local.releases.stages import deployer_of, on_aws

    with explained():
        arriving = deployer_of(stage, on_aws(), lambda _: None).arriving()
    if arriving:
        raise fail(
            f"The release {arriving} is on its way. `{_line('release', stage)}` lets it arrive, "
            f"`{_line('rollback', stage)}` takes it back; then deploy."
        )


def carry_out(stage: StageName, began: datetime | None = None) -> None:
    """Release, and say so. Interrupted, say what is left and how to go on. `began` is when the deploy began."""
    with _deployer(stage) as deployer:
        try:
            name = deployer.release(began)
        except KeyboardInterrupt:
            part = (
                f"The new release gets {deployer.percent} % of the calls"
                if deployer.percent
                else "The new release's part of the calls is as it was"
            )
            onward, back = (_line(name, stage) for name in ("release", "rollback"))
            errors.print(f"Interrupted. {part}. `{onward}` goes on, `{back}` takes it back.", highlight=False)
            raise typer.Exit(INTERRUPTED) from None
    _tell_end(name, deployer)


def _tell_end(release: str, deployer: "Deployer") -> None:
    for warning in deployer.warnings:
        errors.print(f"[yellow]![/yellow] {escape(warning)}", highlight=False, soft_wrap=True)
    console.print(f"{release} is live.", highlight=False)


@contextmanager
def _deployer(stage: StageName) -> "Iterator[Deployer]":
    """The stage's deployer, with its progress shown. Its failures end in a sentence and status 1."""
    from local.deploy import one_at_a_time
    from local.paths import STACK
    from local.releases.stages import deployer_of, on_aws, on_this_machine

    with explained():
        if stage is StageName.LOCAL:
            client = on_this_machine(running_stack().endpoint_url)
            with one_at_a_time(STACK), progress() as tell:
                yield deployer_of(stage, client, tell)
        else:
            with progress() as tell:
                yield deployer_of(stage, on_aws(), tell)


@contextmanager
def explained() -> Iterator[None]:
    """Turn failures of a release that a person can mend into a sentence and exit status 1."""
    from botocore.exceptions import BotoCoreError, ClientError

    from local.cdk import CdkError
    from local.releases.functions import ReleaseError

    try:
        yield
    except (ReleaseError, CdkError) as error:
        raise fail(str(error)) from None
    except (BotoCoreError, ClientError) as error:
        raise fail(f"AWS cannot be asked: {error}. Try again: it goes on where it stopped.") from None


@contextmanager
def progress() -> "Iterator[Callable[[str], None]]":
    """A line that changes on a terminal; elsewhere a line for each new sentence."""
    if console.is_terminal:
        with console.status("") as shown:
            yield shown.update
        return
    told = [""]

    def tell(text: str) -> None:
        kind = text.partition(":")[0]
        if kind != told[0]:
            told[0] = kind
            console.print(f"… {kind}", highlight=False)

    yield tell


def _show(standing: "Standing") -> None:
    console.print(f"{standing.release} is live.", highlight=False)
    if standing.on_the_way:
        console.print(f"{standing.on_the_way} is on its way: {standing.percent} % of the calls.", highlight=False)
    for release in sorted(standing.live.keys() - {standing.release}):
        console.print(f"{standing.live[release]} functions are of {release}.", highlight=False)
    for release in sorted(standing.deployed - standing.live.keys() - {standing.on_the_way}):
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


def _line(name: str, stage: StageName) -> str:
    return command(name if stage is StageName.LOCAL else f"{name} --stage {stage.value}")
