"""`make mutants`: plants every fault of the kept list and lists the faults that the tests notice."""

from __future__ import annotations

import argparse
import json
import queue
import sys
import tempfile
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import asdict, dataclass
from pathlib import Path

from tools.mutants.fault import AnchorError, Fault, faults, place_of
from tools.mutants.workspace import Outcome, Ran, Workspace

ROOT = Path(__file__).resolve().parents[2]
LEAST_KILLED = 0.95


@dataclass(frozen=True)
class Verdict:
    """The result of one planted fault."""

    name: str
    outcome: Outcome
    killer: str
    argued: str = ""

    @property
    def line(self) -> str:
        mark = {"killed": "✓", "survived": "✗", "broken": "!"}[self.outcome]
        said = self.killer if self.outcome != "survived" else self.argued or "no test noticed"
        return f"{mark} {self.name}: {said}"


def main(arguments: Sequence[str] | None = None) -> int:
    options = _options(arguments)
    chosen = [fault for fault in faults() if options.only in fault.name or options.only in fault.file]
    if lost := list(_lost(chosen)):
        print("\n".join(lost))
        return 2
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        spaces = [Workspace(ROOT, Path(folder) / str(number)) for number in range(options.jobs)]
        if not options.trust:
            before = spaces[0].run(sorted({test for fault in chosen for test in fault.tests}), "-n", str(options.jobs))
            if before.outcome != "survived":
                print(f"the tests fail without a fault: {before.killer}")
                return 2
        verdicts = _tried(chosen, spaces)
    if options.json:
        options.json.write_text(json.dumps({"mutants": [asdict(verdict) for verdict in verdicts]}, indent=2) + "\n")
    return _summary(verdicts)


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tools.mutants", description=__doc__)
    parser.add_argument("--only", default="", metavar="TEXT", help="only faults with TEXT in their name or file")
    parser.add_argument("--jobs", type=int, default=2, help="copies of the checkout that are tried at once (2)")
    parser.add_argument("--trust", action="store_true", help="do not run the tests without a fault first")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every verdict to FILE")
    return parser.parse_args(arguments)


def _lost(chosen: Iterable[Fault]) -> Iterable[str]:
    for fault in chosen:
        try:
            place_of(fault, ROOT)
        except AnchorError as error:
            yield str(error)


def _tried(chosen: Sequence[Fault], spaces: Sequence[Workspace]) -> list[Verdict]:
    free: queue.Queue[Workspace] = queue.Queue()
    for space in spaces:
        free.put(space)

    def one(fault: Fault) -> Verdict:
        space = free.get()
        try:
            ran: Ran = space.try_out(fault)
        finally:
            free.put(space)
        return Verdict(fault.name, ran.outcome, ran.killer, fault.survives)

    verdicts = []
    with ThreadPoolExecutor(len(spaces)) as pool:
        for number, done in enumerate(as_completed([pool.submit(one, fault) for fault in chosen]), start=1):
            verdicts.append(done.result())
            print(f"[{number}/{len(chosen)}] {verdicts[-1].line}", flush=True)
    return verdicts


def _summary(verdicts: Sequence[Verdict]) -> int:
    killed = sum(verdict.outcome == "killed" for verdict in verdicts)
    for verdict in verdicts:
        if verdict.outcome != "killed":
            print(verdict.line)
    print(f"{len(verdicts)} planted, {killed} killed")
    silent = [verdict for verdict in verdicts if verdict.outcome == "broken" or not (verdict.killer or verdict.argued)]
    return 1 if silent or killed < LEAST_KILLED * len(verdicts) else 0


if __name__ == "__main__":
    sys.exit(main())
