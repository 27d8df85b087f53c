"""`make check`: every check that does not run the product. All checks are made, also after one failed."""

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from infra.stages import STAGES
from local.cdk import environment, node
from local.paths import CONSOLE, ROOT, VENV

INTERRUPTED = 130
# W3005: CDK names dependencies that a reference enforces already; W6001: an output that hands on another stack's.
CFN_LINT = ["cfn-lint", "--ignore-checks", "W3005", "W6001", "--"]


@dataclass(frozen=True)
class Check:
    """One command; what it prints matters only when it fails."""

    name: str
    command: list[str]
    folder: Path = ROOT

    def run(self) -> str | None:
        """The command's output, if it failed. The program is the environment's, unless its path is whole."""
        program = str(VENV / "bin" / self.command[0])
        done = subprocess.run(
            [program, *self.command[1:]],
            check=False,
            cwd=self.folder,
            capture_output=True,
            text=True,
            env=environment(),
        )
        return (done.stdout + done.stderr).strip() if done.returncode else None


STATIC = [
    Check("format", ["ruff", "format", "--check", "."]),
    Check("lint", ["ruff", "check", "."]),
    Check("types", ["mypy", "."]),
    Check("imports between rooms", ["lint-imports"]),
    Check("arrows between contexts", ["python", "-m", "tools.arrows"]),
    Check("markets", ["python", "-m", "infra.markets"]),
    Check("generated documents", ["python", "-m", "tools.contracts", "--check"]),
    Check("costs", ["python", "-m", "infra.costs", "--check"]),
    Check("index of decision records", ["python", "-m", "tools.adr_index", "--check"]),
    Check("architecture", ["python", "-m", "tools.architecture", "--check"]),
]


def main() -> int:
    with ThreadPoolExecutor(2) as pool, tempfile.TemporaryDirectory() as folder:
        templates = pool.submit(lambda: [_show(check) for check in template_checks(Path(folder))])
        passed = [_show(check) for check in [*STATIC, *console_checks()]]
        return 0 if all([*passed, *templates.result()]) else 1


def console_checks() -> list[Check]:
    """The console's types are written from the contracts before they are checked."""
    typescript = CONSOLE / "node_modules" / "typescript" / "bin" / "tsc"
    biome = CONSOLE / "node_modules" / "@biomejs" / "biome" / "bin" / "biome"
    return [
        _of_console("contracts as the console's types", "generate.mjs"),
        _of_console("types of the console", typescript, "--noEmit"),
        _of_console("format and lint of the console", biome, "check", "--error-on-warnings", "."),
    ]


def _of_console(name: str, *command: str | Path) -> Check:
    return Check(name, [str(node()), *map(str, command)], CONSOLE)


def template_checks(folder: Path) -> Iterator[Check]:
    """A stage's templates must be synthesised before they are checked."""
    for stage in STAGES:
        yield Check(f"templates of {stage}", ["rideflow", "synth", "--stage", stage, "--out", str(folder / stage)])
        templates = sorted(str(path) for path in (folder / stage).glob("*.template.json"))
        yield Check(f"cfn-lint of {stage}", [*CFN_LINT, *templates])


def _show(check: Check) -> bool:
    failure = check.run()
    print(f"{'✗' if failure is not None else '✓'} {check.name}", flush=True)
    if failure is not None:
        print(failure, flush=True)
    return failure is None


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        print("Interrupted.", file=sys.stderr)
        sys.exit(INTERRUPTED)
