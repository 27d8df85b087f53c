"""The console's own tests, in `console/tests`: what its pages know and decide, in Node without a browser."""

import json
import subprocess
from pathlib import Path

from local.cdk import environment, node
from local.paths import CONSOLE

WITHIN_S = 300


def test_vitest_runs_every_test_of_the_console_and_all_pass(tmp_path: Path) -> None:
    told = tmp_path / "told.json"
    vitest = CONSOLE / "node_modules" / "vitest" / "vitest.mjs"
    reporters = ["--reporter=default", "--reporter=json", f"--outputFile.json={told}"]

    done = subprocess.run(
        [str(node()), str(vitest), "run", *reporters],
        check=False,
        cwd=CONSOLE,
        capture_output=True,
        text=True,
        env=environment() | {"NO_COLOR": "1"},
        timeout=WITHIN_S,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    result = json.loads(told.read_text())
    files = {str(path) for path in (CONSOLE / "tests").rglob("*.test.ts*")}
    assert {each["name"] for each in result["testResults"]} == files
    assert result["numPassedTests"] == result["numTotalTests"] > 0, "a test is skipped"
