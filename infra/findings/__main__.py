"""`python -m infra.findings`: what checkov and cfripper find in the templates of dev and prod, and nobody argued."""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from infra.findings import ACCEPTED, ArgumentsError, Finding, arguments, judge
from infra.findings.scanning import ScanError, scan
from infra.stages import ON_AWS
from local.cdk import environment
from local.paths import ROOT, VENV

INTERRUPTED = 130


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m infra.findings",
        description="Run checkov and cfripper over the templates of dev and prod, offline, and hold what they find"
        f" against {ACCEPTED.relative_to(ROOT)}: each finding has an argument there, and each argument a finding.",
    )
    parser.add_argument("--all", action="store_true", help="print accepted findings too")
    told = parser.parse_args()
    try:
        accepted = arguments()
        with tempfile.TemporaryDirectory() as folder:
            found = list(_findings(Path(folder)))
    except (ArgumentsError, ScanError) as error:
        print(error, file=sys.stderr)
        return 1
    judgement = judge(found, accepted)
    for finding in sorted(found) if told.all else judgement.unargued:
        print(finding)
    for argument in judgement.stale:
        print(f"{argument}: nothing is found any more; take the entry out of {ACCEPTED.relative_to(ROOT)}")
    print(
        f"{len(found)} findings, {len(judgement.unargued)} without an argument, {len(judgement.stale)} stale arguments"
    )
    return 0 if judgement.passes else 1


def _findings(folder: Path) -> Iterator[Finding]:
    for stage in ON_AWS:
        print(f"synthesising and scanning {stage} …", file=sys.stderr, flush=True)
        templates, scratch = folder / stage, folder / f"{stage}-scratch"
        scratch.mkdir()
        command = [str(VENV / "bin" / "rideflow"), "synth", "--stage", stage, "--out", str(templates)]
        done = subprocess.run(command, check=False, cwd=ROOT, capture_output=True, text=True, env=environment())
        if done.returncode:
            raise ScanError(f"the templates of {stage} cannot be made:\n{done.stderr}")
        yield from scan(stage, templates, scratch)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        print("Interrupted.", file=sys.stderr)
        sys.exit(INTERRUPTED)
