"""`python -m infra.markets [FOLDER]`: whether the product's markets, and those of the folder, can be deployed."""

import sys
from pathlib import Path

from infra.markets.folders import MarketFaultsError, check


def main(arguments: list[str]) -> int:
    try:
        check(Path(arguments[0]) if arguments else None)
    except MarketFaultsError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
