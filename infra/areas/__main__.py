"""`python -m infra.areas [FOLDER]`: whether a folder of GeoJSON files, by default the product's, can be deployed."""

import sys
from pathlib import Path

from infra.areas.files import CITIES, AreaFilesError, check


def main(arguments: list[str]) -> int:
    folder = Path(arguments[0]) if arguments else CITIES
    try:
        check(folder)
    except AreaFilesError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
