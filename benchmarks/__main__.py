"""`rideflow bench`: run the parts asked for, print their tables, and write them as JSON."""

from __future__ import annotations

import argparse
import json
import multiprocessing
import re
import shutil
import textwrap
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rich.console import Console

from benchmarks.report import tables
from benchmarks.sizes import ZoneSize
from local.commands.output import unwritable

type Options = argparse.Namespace
type Measure = Callable[[Options], Iterable[Any]]

_WIDEST_TABLE = 150
"""Columns; a narrower console would lose figures."""

_INDENT = 12
"""Columns before the lines of a part but its first."""

_HELP = """\
Measure what the hot paths cost, each beside the floor it cannot go below, in the same run.

  handlers  location, request_trip and accept_offer in process, on a PostgreSQL and a Redis of the bench's own, beside
            the bare statements and scripts they send; with their store round trips. --repeats calls of each.
  imports   how long each handler takes to import from the deployed layers, in a fresh process, beside the libraries
            that an operation over REST with a database needs (Powertools, pydantic, psycopg).
  flow      whole rides per second, from the quote to the receipt: every handler, consumer and saga step in process, on
            two cores; beside the two calls to the Stripe double that a ride needs. --rides rides, each of which must
            end paid.
  usage     what a whole ride uses: processor of each operation, of PostgreSQL and of Redis, their requests, bytes of
            the log, and the memory of one process that runs all operations. The memory sizes of functions and
            docs/costs.md come from it. --rides rides.
  dispatch  a zone's tick by its size, with the shares of Redis, PostgreSQL, solver and Python in it, and once a
            minute the count of its riders and drivers, beside the bare statements and scripts that they send; positions
            into the index per second, beside GEOADD alone; trips that 20 drivers accept at once, beside the bare
            accepts. --zones of the ticks; a tenth of --repeats rounds.
  channel   a second of the operators' channel by the size of the fleet, whose cars all move: bytes to a watcher who
            looks at the whole market, and at a twentieth of it; processor of Redis and of the producer; how long
            scripts and the statement take. --fleets, a tenth of --repeats seconds each.
  ledger    rides booked per second on one connection and on four, and rides settled per second, beside bare statements
            for the same rows, and the share of a connection's time that ten million rides a day keep busy; the balance
            and a page of the statement of an account with a million entries, beside `select 1` and the time that each
            may take (limit). --repeats calls of each, half as many settlements.
  decisions how long a tick's decision takes by the size of the zone, and how far its total cost is from the optimum of
            the full matrix, which SciPy finds. --decisions sizes, in a hundredth of --repeats towns each.
  paths     how far simulated cars drove, measured from noisy positions, beside how far they did, by noise and by the
            share of their time that they stood; the same of the sum of the path's pieces; and how many rides on their
            quoted way were charged more than their quote. --drives rides. It needs no stack.
  intervals the same by how often a phone sends, every 3 to 45 seconds: how many paths count as complete, how far those
            are off, and what share of their quote rides on their quoted way are charged. --drives rides, no stack.
  faults    rides under planted failures in one process, watched by an independent oracle after each step (ADR 153):
            how many failures of which kind, how many rules were broken, what of the tables and workflows was not
            visited, and how many planted faults were found. --rides rides in runs of ten, of which the first has the
            seed --seed and each other one the next seed; then each step that fails for hours, and a share --singles of
            all single failures and pairs around the money. Standard error names what is wrong, and has for each broken
            rule the shortest run that was found as a test. It takes long, and is run only if it is asked for.
  console   the web console in a browser on the local cloud: bytes before the first paint and in all, the first paint
            with an empty cache, and script per frame of the live map with 5,000 moving cars. --loads of each page. The
            cloud has to be up, and a Chromium there (`python local/setup.py --browser-tools`).
  local     REST and WebSocket round trips on the local cloud beside an empty Lambda's on the same stack. It has to be
            up. --repeats calls of each.
"""
_EXAMPLES = """\
examples:
  rideflow bench                              everything; `console` and `local` if it is up
  rideflow bench --only handlers --repeats 2000
  rideflow bench --only flow --rides 500 --json flow.json
  rideflow bench --only dispatch --zones 500:20,5000:100
  rideflow bench --only channel --fleets 100,10000
  rideflow bench --only faults --rides 200 --seed 7 --json faults.json
  rideflow bench --only faults --rides 10 --singles 1

JSON, an object with a member for each part:
  "handlers": [{"name", "p50_us", "p99_us", "floor_p50_us", "ratio", "statements", "scripts"}]
  "imports": [{"name", "ms", "floor_ms", "ratio"}]
  "flow": [{"name", "rides", "seconds", "rides_per_s", "processes"}]
  "usage": [{"name", "a_ride", "cpu_ms"} of each operation, then {"name", "value", "unit"}]
  "dispatch": [{"name", "requests", "matches", "p50_ms", "floor_p50_ms", "ratio", "ticks_per_s", "matches_per_s",
            "redis_pct", "postgres_pct", "solver_pct", "python_pct"},
            {"name", "requests_of_the_hour", "p50_ms", "floor_p50_ms", "ratio"} of each zone, then
            {"name", "positions_per_s", "geoadd_per_s", "variadic_geoadd_per_s", "ratio", "variadic_ratio"},
            {"name", "drivers", "p50_ms", "floor_p50_ms", "ratio", "storms_per_s", "accepts_per_s"}]
  "channel": [{"name", "drivers", "one_by_one", "bytes_per_s", "largest_frame", "redis_ms", "script_p90_ms",
            "statement_ms", "cpu_ms"}]
  "ledger": [{"name", "rides_per_s", "floor_per_s", "ratio", "journals_per_s", "of_ten_million_rides_a_day"}, then
            {"name", "settles_per_s", "floor_per_s", "ratio"}, then
            {"name", "entries", "p50_ms", "p99_ms", "floor_p50_ms", "limit_ms"} of each read]
  "decisions": [{"name", "requests", "drivers", "p50_ms", "full_matrix_p50_ms", "time_ratio", "matches",
            "most_matches", "cost_ratio"}]
  "paths": [{"name", "noise", "standing", "rides", "error_p50", "error_p95", "summed_p50", "charged_above_quote"}]
  "intervals": [{"name", "interval_s", "rides", "error_p50", "summed_p50", "complete", "complete_error_p95",
            "least_charged", "most_charged"}]
  "faults": {"rides", "steps", "injected": {kind: how many}, "violations", "unvisited", "mutants", "mutants_killed",
            "seed"}: an object, not a list
  "console": [{"name", "before_first_paint_kb", "before_first_paint_limit_kb", "in_all_kb", "in_all_limit_kb"}, then
            {"name", "loads", "p50_ms", "slowest_ms", "limit_ms"} of each page, then
            {"name", "frames_per_s", "script_p50_ms", "script_p95_ms", "limit_ms", "message_p50_ms"}]
  "local": [{"name", "p50_ms", "p99_ms", "empty_p50_ms", "ratio"}]

Exit status 1 when a part that was asked for cannot be measured, when a ride did not end paid, a trip had not exactly
one winner, a rule was broken under failures, something was not visited, or a planted fault was not found.
"""


class NotMeasuredError(Exception):
    """There are no figures; the message says why and what to do. An `is_optional` part is skipped unless asked for."""

    def __init__(self, message: str, *, is_optional: bool = False) -> None:
        super().__init__(message)
        self.is_optional = is_optional


def handlers(options: Options) -> Iterable[Any]:
    from benchmarks.aws import AnswersInPlace, answered_in_place
    from benchmarks.handlers import handler_costs
    from benchmarks.world import stores

    with stores() as database_url, answered_in_place(AnswersInPlace()):
        yield from handler_costs(database_url, options.repeats)


def imports(_options: Options) -> Iterable[Any]:
    from benchmarks.imports import import_times

    return import_times()


def flow(options: Options) -> Iterable[Any]:
    from benchmarks.flow import FlowError, flow_rates

    try:
        yield from flow_rates(options.rides)
    except FlowError as error:
        raise NotMeasuredError(str(error)) from error


def usage(options: Options) -> Iterable[Any]:
    from benchmarks.usage import ride_uses

    return ride_uses(options.rides)


def dispatch(options: Options) -> Iterable[Any]:
    from benchmarks.aws import AnswersInPlace, answered_in_place
    from benchmarks.dispatch import dispatch_costs
    from benchmarks.storms import StormError
    from benchmarks.world import stores

    try:
        with stores() as database_url, answered_in_place(AnswersInPlace()):
            yield from dispatch_costs(database_url, options.zones, max(2, options.repeats // 10))
    except StormError as error:
        raise NotMeasuredError(str(error)) from error


def channel(options: Options) -> Iterable[Any]:
    from benchmarks.channel import channel_costs
    from benchmarks.world import stores

    with stores() as database_url:
        yield from channel_costs(database_url, options.fleets, max(5, options.repeats // 10))


def ledger(options: Options) -> Iterable[Any]:
    from benchmarks.aws import AnswersInPlace, answered_in_place
    from benchmarks.ledger import ledger_costs
    from benchmarks.world import stores

    with stores() as database_url, answered_in_place(AnswersInPlace()):
        yield from ledger_costs(database_url, options.repeats)


def decisions(options: Options) -> Iterable[Any]:
    from benchmarks.decisions import decision_costs

    return decision_costs(options.decisions, max(2, options.repeats // 100))


def paths(options: Options) -> Iterable[Any]:
    from benchmarks.paths import path_errors

    return path_errors(options.drives)


def intervals(options: Options) -> Iterable[Any]:
    from benchmarks.intervals import interval_errors

    return interval_errors(options.drives)


def faults(options: Options) -> Iterable[Any]:
    if options.only != "faults":
        raise NotMeasuredError("It takes long: ask for it by --only faults.", is_optional=True)
    from benchmarks.faults import fault_figures

    return fault_figures(options.rides, options.seed, options.singles)


def console(options: Options) -> Iterable[Any]:
    from benchmarks.console import console_costs
    from benchmarks.end_to_end import NotRunningError
    from local.chromium import ChromiumMissingError

    try:
        return console_costs(options.loads)
    except (NotRunningError, ChromiumMissingError) as error:
        raise NotMeasuredError(str(error), is_optional=True) from error


def local(options: Options) -> Iterable[Any]:
    from benchmarks.end_to_end import NotRunningError, round_trips

    try:
        yield from round_trips(options.repeats)
    except NotRunningError as error:
        raise NotMeasuredError(str(error), is_optional=True) from error


@dataclass(frozen=True)
class Part:
    """One table of the bench."""

    title: str
    measure: Measure
    is_one_object: bool = False
    """Whether its JSON is the object of its one row."""


_PARTS = {
    "handlers": Part("Hot handlers in process, beside their bare store calls (µs)", handlers),
    "imports": Part("Import of each handler from the deployed layers (ms)", imports),
    "flow": Part("Whole rides, handlers in process, on two cores", flow),
    "usage": Part("Use of a whole ride", usage),
    "dispatch": Part("Dispatch on real stores", dispatch),
    "channel": Part("The operators' channel", channel),
    "ledger": Part("The ledger", ledger),
    "decisions": Part("Decisions of a tick", decisions),
    "paths": Part("Driven distance, measured from noisy positions", paths),
    "intervals": Part("Driven distance by how often a phone sends", intervals),
    "faults": Part("Rides under planted failures", faults, is_one_object=True),
    "console": Part("The web console in a browser", console),
    "local": Part("Round trips on the local cloud, beside an empty Lambda's (ms)", local),
}


def _arguments(arguments: list[str] | None) -> Options:
    parser = argparse.ArgumentParser(
        prog="rideflow bench",
        description=_fitted(_HELP),
        epilog=_fitted(_EXAMPLES),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--only", choices=tuple(_PARTS), help="this part alone; all without it")
    parser.add_argument("--json", type=_writable, metavar="FILE", help="write the figures to this file")
    parser.add_argument("--repeats", type=_count, default=500, help="measured calls of each (default 500)")
    parser.add_argument(
        "--rides", type=_count, default=200, help="rides of flow, usage and faults, two at least (default 200)"
    )
    parser.add_argument("--seed", type=int, default=1, help="the seed of the first run of the faults (default 1)")
    parser.add_argument(
        "--singles", type=float, default=0.0, help="the share of single failures and pairs, 0 to 1 (default 0)"
    )
    parser.add_argument(
        "--drives", type=_count, default=1000, help="simulated rides of the paths, and of the intervals (default 1000)"
    )
    parser.add_argument(
        "--zones",
        type=_zones,
        default="100:10,1000:50,10000:200",
        metavar="DRIVERS:REQUESTS,…",
        help="zones whose ticks are measured, by free drivers and waiting riders (default %(default)s)",
    )
    parser.add_argument(
        "--fleets",
        type=lambda text: [_count(size) for size in text.split(",")],
        default="100,10000",
        metavar="DRIVERS,…",
        help="fleets for which the channel is measured (default %(default)s)",
    )
    parser.add_argument(
        "--loads", type=_count, default=7, help="loads of each page of the console (default %(default)s)"
    )
    parser.add_argument(
        "--decisions",
        type=_zones,
        default="200:100,2000:1000,1000:1000,10000:5000",
        metavar="DRIVERS:REQUESTS,…",
        help="sizes of the decisions that are measured (default %(default)s)",
    )
    return parser.parse_args(arguments)


def _fitted(text: str) -> str:
    """The text in the terminal's columns. Lines that are indented as parts are, or not at all, go on with the former.

    A line that ends with a colon is a heading, and an empty one separates paragraphs.
    """
    whole = re.sub(rf"(?<![:\n])\n( {{{_INDENT}}})?(?=\S)", " ", text)
    return "\n".join(
        textwrap.fill(line, shutil.get_terminal_size().columns, subsequent_indent=" " * (line[:1] == " ") * _INDENT)
        for line in whole.splitlines()
    )


def _zones(text: str) -> list[ZoneSize]:
    return [ZoneSize.of(size) for size in text.split(",")]


def _writable(text: str) -> Path:
    path = Path(text)
    if why := unwritable(path):
        raise argparse.ArgumentTypeError(f"{path} cannot be written: {why}")
    return path


def _count(text: str) -> int:
    number = int(text)
    if number < 2:
        raise argparse.ArgumentTypeError(f"{number} is too few; two at least")
    return number


def main(arguments: list[str] | None = None) -> int:
    """Returns the exit status."""
    options, console = _arguments(arguments), Console(width=max(Console().width, _WIDEST_TABLE))
    figures: dict[str, Sequence[Any]] = {}
    names = [options.only] if options.only else list(_PARTS)
    rows_of = _rows if len(names) == 1 else _rows_in_own_process
    for name in names:
        part = _PARTS[name]
        try:
            with console.status(part.title):
                figures[name] = rows_of(part.measure, options)
        except NotMeasuredError as error:
            if options.only or not error.is_optional:
                Console(stderr=True).print(f"{name}: {error}", style="bold red", soft_wrap=True, highlight=False)
                return 1
            console.print(f"{name}: passed over. {error}\n", soft_wrap=True, highlight=False)
            continue
        for drawn in tables(part.title, figures[name]):
            console.print(drawn, "")
    if options.json:
        document = {name: _as_json(name, rows) for name, rows in figures.items()}
        options.json.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    return int(any(getattr(row, "has_failed", False) for rows in figures.values() for row in rows))


def _as_json(name: str, rows: Sequence[Any]) -> Any:
    written = [asdict(row) for row in rows]
    return written[0] if _PARTS[name].is_one_object else written


def _rows(measure: Measure, options: Options) -> list[Any]:
    return list(measure(options))


def _rows_in_own_process(measure: Measure, options: Options) -> list[Any]:
    """Measure the part in a process of its own.

    The product keeps its clients for the life of a process, and each part has its own stores.
    """
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as process:
        return process.submit(_rows, measure, options).result()


if __name__ == "__main__":
    raise SystemExit(main())
