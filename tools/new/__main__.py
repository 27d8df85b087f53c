"""Write every file of a new operation of the REST API: handler, use case, declaration, example event, tests, contracts.

The written files pass `make check`. One test of `make test` fails until the use case is written.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from tools.new.files import written
from tools.new.operation import METHODS, RefusedError, asked_for

_REFUSED = 2


def main(arguments: Sequence[str] | None = None) -> int:
    asked = _options(arguments)
    root = Path.cwd()
    try:
        operation = asked_for(root, asked.operation, asked.method, asked.route, asked.permission)
    except RefusedError as refusal:
        print(refusal, file=sys.stderr)
        return _REFUSED
    paths = written(root, operation)
    python = [str(path) for path in paths if path.suffix == ".py"]
    for step in (["check", "--fix", "--select=I"], ["format"]):
        subprocess.run([sys.executable, "-m", "ruff", *step, "--quiet", *python], check=True, cwd=root)
    for documents in (["tools.contracts"], ["infra.costs", "--write"], ["tools.architecture"]):
        subprocess.run([sys.executable, "-m", *documents], check=True, cwd=root)
    for path in paths:
        print(path)
    use_case = f"layers/rideflow/python/rideflow/{operation.context}/{operation.name}.py"
    test = f"tests/functions/{operation.context}/test_{operation.name}.py"
    print(f"\nWrite the use case in {use_case} and its test in {test}.")
    print("`make docs` writes the contracts anew when its members are there. Then `make check` and `make test`.")
    return 0


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tools.new", description=__doc__)
    parser.add_argument("operation", metavar="CONTEXT/NAME", help="such as riders/get_consents")
    parser.add_argument("--method", default="GET", metavar="METHOD", help=f"{', '.join(METHODS)} (GET)")
    parser.add_argument("--route", required=True, metavar="ROUTE", help="such as /v1/riders/me/consents")
    parser.add_argument("--permission", required=True, metavar="NOUN:VERB", help="such as profile:write")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
