"""`python -m infra.costs`: print the costs of the stages.

`--json` prints four figures, `--write` writes docs/costs.md, `--check` exits 1 if that file is out of date.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from infra.costs import document
from infra.costs.bill import SCENARIOS, bill
from infra.costs.provisioned import provisioned, templates

PAGE = Path(__file__).resolve().parents[2] / "docs" / "costs.md"


def main() -> int:
    asked = _arguments()
    stages = {name: provisioned(name, templates(name)) for name in dict.fromkeys(each.stage for each in SCENARIOS)}
    bills = [bill(scenario, stages[scenario.stage]) for scenario in SCENARIOS]
    page = document.markdown(bills, list(stages.values()))
    if asked.check:
        return _compared(page)
    if asked.write:
        PAGE.write_text(page, encoding="utf-8")
    elif asked.json:
        print(json.dumps(document.figures(bills)))
    else:
        print(page, end="")
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m infra.costs", description=__doc__)
    output = parser.add_mutually_exclusive_group()
    output.add_argument(
        "--json", action="store_true", help="print the four figures that docs/costs.md explains instead of tables"
    )
    output.add_argument("--write", action="store_true", help=f"write docs/{PAGE.name}")
    output.add_argument("--check", action="store_true", help=f"exit 1 where docs/{PAGE.name} is out of date")
    return parser.parse_args()


def _compared(page: str) -> int:
    if PAGE.exists() and PAGE.read_text(encoding="utf-8") == page:
        return 0
    print(f"docs/{PAGE.name} is not what the code says; run: python -m infra.costs --write", file=sys.stderr)
    return 1


if __name__ == "__main__":
    raise SystemExit(main())
