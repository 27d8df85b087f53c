"""`python -m tools.contracts`: writes the contracts; `--check` exits 1 and lists differences to committed ones."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from tools.contracts import asyncapi, openapi

DOCS = Path(__file__).resolve().parents[2] / "docs"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="change nothing; exit 1 if a contract is out of date")
    check = parser.parse_args().check
    stale = []
    for name, document in (("openapi.json", openapi.document()), ("asyncapi.json", asyncapi.document())):
        text = json.dumps(document, indent=2, ensure_ascii=False) + "\n"
        path = DOCS / name
        if check and (not path.exists() or path.read_text(encoding="utf-8") != text):
            stale.append(name)
        elif not check:
            path.write_text(text, encoding="utf-8")
    for name in stale:
        print(f"docs/{name} is not what the code says; run: make docs", file=sys.stderr)
    return 1 if stale else 0


if __name__ == "__main__":
    raise SystemExit(main())
