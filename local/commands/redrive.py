"""`rideflow redrive QUEUE`."""

from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from local.commands.output import console, fail, refuse_without_effect
from local.commands.progress import Progress
from local.commands.stages import StageName, TheStage, cloud_of, failures_explained, line
from local.wording import counted

if TYPE_CHECKING:
    from datetime import datetime

    from local.cloud import Cloud
    from local.dead_letters import DeadLetterQueue, DeadLetters

SHOWN = 20
RATE = 50


def redrive(  # noqa: PLR0917 - each is an option of the command line
    queue: Annotated[
        str | None,
        typer.Argument(
            metavar="QUEUE",
            help="A dead-letter queue, such as [bold]payments-on_trip_ended[/bold]; without it, all are listed.",
            show_default=False,
        ),
    ] = None,
    stage: TheStage = StageName.LOCAL,
    list_all: Annotated[bool, typer.Option("--list", help="List the dead-letter queues; redrive nothing.")] = False,
    show: Annotated[
        bool, typer.Option("--show", help=f"Show up to {SHOWN} messages of the queue; redrive nothing.")
    ] = False,
    limit: Annotated[
        int | None, typer.Option(help="Redrive at most this many messages: one, to see whether it passes.", min=1)
    ] = None,
    rate: Annotated[
        int | None, typer.Option(help=f"Messages a second; without it, {RATE}.", min=1, max=500, show_default=False)
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Redrive on AWS without asking.")] = False,
) -> None:
    """List dead letters, or send those of a queue back to where they came from.

    Mend the cause first: a message that fails again comes back after ten attempts. SQS moves the messages, and goes on
    if this command is interrupted; nothing is lost, and what comes twice does no harm. With --limit they are moved one
    by one. A queue of a schedule has nothing to send: the function is run once, which does the work of all missed runs,
    and then its letters are deleted.
    """
    from local.dead_letters import DeadLetters, Schedule

    how = {"--limit": limit, "--rate": rate}
    if list_all:
        told = {"a QUEUE": queue, "--show": show, **how, "--yes": yes}
        refuse_without_effect("--list lists all queues and redrives nothing", told)
    if queue is None:
        refuse_without_effect("A QUEUE is missing", {"--show": show, **how, "--yes": yes})
    if show:
        refuse_without_effect("--show redrives nothing", how | {"--yes": yes})
    cloud = cloud_of(stage)
    with failures_explained():
        letters = DeadLetters(cloud)
        if queue is None:
            _list(cloud, letters)
        elif show:
            _show(letters, _named(letters, queue))
        else:
            chosen = _named(letters, queue)
            if isinstance(chosen.source, Schedule):
                refuse_without_effect(f"{chosen.name} has missed runs of a schedule, which are not sent back", how)
            if _is_wanted(chosen, asks=stage is not StageName.LOCAL and not yes):
                _redrive(cloud, chosen, limit, rate or RATE)


def _named(letters: "DeadLetters", queue: str) -> "DeadLetterQueue":
    """Fails with the command that lists the stage's queues if there is none of this name."""
    from local.dead_letters import UnknownQueueError

    try:
        return letters.named(queue)
    except UnknownQueueError as error:
        raise fail(f"{error} `{line('redrive', letters.stage)}` lists them.") from None


def _is_wanted(queue: "DeadLetterQueue", *, asks: bool) -> bool:
    """Whether there is something to redrive, and whoever is asked wants it."""
    if _is_empty(queue):
        return False
    _explain(queue)
    if asks:
        typer.confirm("Go on?", abort=True)
    return True


def _is_empty(queue: "DeadLetterQueue") -> bool:
    """Whether nothing waits; if so, it is said."""
    if not queue.waiting:
        console.print(f"{queue.name} is empty.", highlight=False)
    return not queue.waiting


def _list(cloud: "Cloud", letters: "DeadLetters") -> None:
    table = _table("dead-letter queue", "waiting", "oldest", "goes back to")
    queues = letters.all()
    for queue in queues:
        seen = letters.peek(queue) if queue.waiting else []
        oldest = _age(seen[0].sent_at) if seen else ""
        table.add_row(
            queue.name.removeprefix(cloud.prefix).removesuffix("-dead"),
            str(queue.waiting),
            oldest if len(seen) >= queue.waiting else f"{oldest} or more",
            _goes_to(queue),
            style="bold" if queue.waiting else "dim",
        )
    console.print(table)
    if waiting := sum(queue.waiting for queue in queues):
        look = line("redrive QUEUE --show", cloud.stage)
        told = counted(waiting, "message waits", "messages wait")
        console.print(f"{told}. `{look}` shows the messages of a queue.", highlight=False, soft_wrap=True)


def _show(letters: "DeadLetters", queue: "DeadLetterQueue") -> None:
    if _is_empty(queue):
        return
    table = _table("message", "sent", "type", "ids", "first error")
    seen = letters.peek(queue, SHOWN)
    for letter in seen:
        ids = " ".join(f"{name}={value}" for name, value in letter.ids.items())
        error = letters.first_error(queue, letter) or "not known"
        table.add_row(letter.message_id, f"{_age(letter.sent_at)} ago", letter.kind, ids, error)
    if seen:
        console.print(table)
    told = counted(queue.waiting, "message")
    console.print(f"{len(seen)} of {told} of {queue.name}.", highlight=False, soft_wrap=True)


def _table(name: str, *others: str) -> Table:
    """A table whose first column can be copied, also from a narrow terminal."""
    table = Table(box=None, padding=(0, 3, 0, 0))
    table.add_column(name, no_wrap=True)
    for heading in others:
        table.add_column(heading, overflow="fold")
    return table


def _explain(queue: "DeadLetterQueue") -> None:
    from local.dead_letters import Schedule, WorkQueue

    match queue.source:
        case WorkQueue(name=name):
            told = counted(queue.waiting, "message goes", "messages go")
            console.print(f"{told} from {queue.name} to {name}.", highlight=False, soft_wrap=True)
        case Schedule(name=name):
            told = counted(queue.waiting, "letter is", "letters are")
            console.print(
                f"{queue.name} has missed runs of a schedule, which need no redrive: the next run does their work. "
                f"{name} is run once now; if it succeeds, {told} deleted.",
                highlight=False,
                soft_wrap=True,
            )
        case None:
            raise fail(f"{queue.name} belongs to no queue and no schedule: nobody knows where its messages go.")


def _redrive(cloud: "Cloud", queue: "DeadLetterQueue", limit: int | None, rate: int) -> None:
    from local import redriving
    from local.dead_letters import Schedule
    from local.steps import step

    with Progress(console) as progress, step("Redrive", progress.report) as told:
        if isinstance(queue.source, Schedule):
            number = redriving.run_again(cloud, queue, told=told)
        elif limit is None:
            number = redriving.move_all(cloud, queue, rate=rate, told=told)
        else:
            number = redriving.move_some(cloud, queue, limit=limit, rate=rate, told=told)
    done = "deleted, after a run that did their work" if isinstance(queue.source, Schedule) else "sent back"
    console.print(f"{counted(number, 'message')} {done}.", highlight=False)


def _goes_to(queue: "DeadLetterQueue") -> str:
    from local.dead_letters import Schedule, WorkQueue

    match queue.source:
        case WorkQueue():
            return "its queue"
        case Schedule():
            return "nowhere: a schedule's runs"
        case None:
            return "not known"


def _age(since: "datetime") -> str:
    """How long ago, in the greatest unit: 45 s, 12 min, 3 h, 2 d."""
    from rideflow.kernel.clock import utc_now

    seconds = max(0, int((utc_now() - since).total_seconds()))
    for unit, name in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= unit:
            return f"{seconds // unit} {name}"
    return f"{seconds} s"
