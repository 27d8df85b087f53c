"""`rideflow bench`: run the parts asked for, print their tables, and write them as JSON."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.console import Console

from local.bench.report import table

_TITLES = {
    "handlers": "Hot handlers in process, beside their bare store calls (µs)",
    "imports": "Import of each handler from the deployed layers (ms)",
    "flow": "Whole rides, handlers in process, on two cores",
}


def handlers(options: argparse.Namespace) -> Iterator[Any]:
    from local.bench.aws import AnswersInPlace, answered_in_place
    from local.bench.handlers import handler_costs
    from local.bench.world import stores

    with stores() as database_url, answered_in_place(AnswersInPlace()):
        yield from handler_costs(database_url, options.repeats)


def imports(_options: argparse.Namespace) -> Iterator[Any]:
    from local.bench.imports import import_times

    return import_times()


def flow(options: argparse.Namespace) -> Iterator[Any]:
    from local.bench.flow import flow_rates

    return flow_rates(options.rides)


_PARTS: dict[str, Callable[[argparse.Namespace], Iterator[Any]]] = {
    "handlers": handlers,
    "imports": imports,
    "flow": flow,
}


def _arguments(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="rideflow bench", description=__doc__)
    parser.add_argument("--only", choices=tuple(_PARTS), help="this part alone; all without it")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures to this file")
    parser.add_argument("--repeats", type=int, default=500, help="measured calls of each handler (default 500)")
    parser.add_argument("--rides", type=int, default=200, help="rides of the flow (default 200)")
    return parser.parse_args(arguments)


def main(arguments: list[str] | None = None) -> int:
    """Returns the exit status."""
    options, console = _arguments(arguments), Console()
    figures = {}
    for part in [options.only] if options.only else _PARTS:
        with console.status(_TITLES[part]):
            rows = list(_PARTS[part](options))
        console.print(table(_TITLES[part], rows), "")
        figures[part] = [asdict(row) for row in rows]
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
