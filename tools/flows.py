"""`python -m tools.flows`: the files of the product that the flows of a ride enter, and how often they re-enter them.

A ride is taken in process, on real stores, as by `rideflow bench --only flow`. An entry is a call from one file into
another; a re-entry is an entry into a file that the flow has entered before; a crossing is an entry into another
context than the caller's, the kernel left out.
"""

from __future__ import annotations

import argparse
import io
import json
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

from benchmarks.flow import ready_for_rides

if TYPE_CHECKING:
    from benchmarks.town import App

ROOT = Path(__file__).resolve().parents[1]
PRODUCT = (str(ROOT / "functions"), str(ROOT / "layers" / "rideflow" / "python" / "rideflow"))

_KERNEL = "kernel"

FLOWS = {
    "quote": ("functions.pricing.request_quote",),
    "request to accept": ("functions.trips.request_trip", "functions.dispatch.accept_offer"),
    "position": ("functions.locations.record_position",),
    "pickup": ("functions.trips.arrive_at_pickup", "functions.trips.start_trip"),
    "complete to paid": ("functions.trips.complete_trip", "functions.payments.get_receipt"),
}
"""The operations that begin each flow; all work that follows from them belongs to the flow."""


@dataclass
class Flow:
    """The files that a flow went through, and how often it entered each."""

    name: str
    entered: Counter[str] = field(default_factory=Counter)
    crossed: Counter[tuple[str, str]] = field(default_factory=Counter)

    @property
    def crossings(self) -> int:
        return self.crossed.total()

    @property
    def entries(self) -> int:
        return self.entered.total()

    @property
    def re_entries(self) -> int:
        return self.entries - len(self.entered)


class Watch:
    """Records every call from one file of the product into another, flow by flow."""

    def __init__(self) -> None:
        from importlib import import_module

        self.flows = [Flow(name) for name in FLOWS]
        self._flow_of = {import_module(module).app: flow for flow in self.flows for module in FLOWS[flow.name]}

    def forget(self) -> None:
        """Drop the entries of the first rides: their imports and connections are no part of a flow."""
        for flow in self.flows:
            flow.entered.clear()
            flow.crossed.clear()

    @contextmanager
    def around(self, app: App) -> Iterator[None]:
        """Watch the block if the operation begins a flow. Of a flow with one operation only the first call counts."""
        flow = self._flow_of.get(app)
        if flow is None or (flow.entered and len(FLOWS[flow.name]) == 1):
            yield
            return

        def on_call(frame: FrameType, event: str, _: object) -> None:
            file = frame.f_code.co_filename
            if event != "call" or not file.startswith(PRODUCT) or file == (caller := _caller_of(frame)):
                return
            flow.entered[file] += 1
            if _KERNEL not in (between := (_context_of(caller), _context_of(file))) and len(set(between)) > 1:
                flow.crossed[between] += 1

        sys.setprofile(on_call)
        try:
            yield
        finally:
            sys.setprofile(None)


def _caller_of(frame: FrameType) -> str:
    """The nearest calling file of the product; libraries in between are skipped."""
    caller = frame.f_back
    while caller is not None and not caller.f_code.co_filename.startswith(PRODUCT):
        caller = caller.f_back
    return "" if caller is None else caller.f_code.co_filename


def _context_of(file: str) -> str:
    """The folder of `functions` or of the layer that the file lies in; the kernel if the product did not call."""
    below = next((file.removeprefix(root) for root in PRODUCT if file.startswith(root)), f"/{_KERNEL}/")
    return below.split("/")[1]


def flows() -> list[Flow]:
    """The flows of one ride, after enough rides to warm everything up."""
    from benchmarks.aws import CloudInPlace, answered_in_place
    from benchmarks.flow_worker import API_KEY, DRIVERS, WEBHOOK_SECRET, town

    cloud = CloudInPlace({"api_key": API_KEY, "webhook_secret": WEBHOOK_SECRET})
    with ready_for_rides() as database_url, answered_in_place(cloud), redirect_stdout(io.StringIO()):
        watch = Watch()
        at = town(cloud, "flows", database_url, watch.around)
        for _ in range(DRIVERS + 1):  # afterwards Redis knows each of them
            at.ride()
        watch.forget()
        at.ride()
    return watch.flows


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tools.flows", description=__doc__)
    parser.add_argument("--json", action="store_true", help="print entries, re-entries, crossings and files as JSON")
    options = parser.parse_args(arguments)
    found = flows()
    if options.json:
        rows = [
            {"flow": each.name, "entries": each.entries, "re_entries": each.re_entries,
             "crossings": {" → ".join(pair): times for pair, times in each.crossed.most_common()},
             "files": {str(Path(file).relative_to(ROOT)): times for file, times in each.entered.most_common()}}
            for each in found
        ]  # fmt: skip
        print(json.dumps({"flows": rows}, indent=2))
        return 0
    for each in found:
        print(
            f"{each.name:18} {each.entries:4} entries, {each.re_entries:4} of them again, {len(each.entered):3} files, "
            f"{each.crossings:3} crossings between contexts"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
