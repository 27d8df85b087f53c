"""Finds a Chromium for tests and pictures: the one that is named, else the one of set-up, else the machine's.

Set-up unpacks the one that the npm package `@sparticuz/chromium` carries, without root. It comes before the machine's
so that figures and pictures are of one version. On other processors than x86-64, and on macOS, it does not run.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from xml.sax.saxutils import escape

from local.debian import searching
from local.paths import STATE

NAMED = "RIDEFLOW_CHROMIUM"
UNPACKED = STATE / "chromium"
ON_THE_PATH = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"]
OLDEST = 123
"""The first version with `light-dark()`, in which the console's colours are written."""

ANSWERS_WITHIN_S = 60
FONTS = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>{folder}/fonts</dir>
  <cachedir>{folder}/fonts-cache</cachedir>
</fontconfig>
"""


class ChromiumMissingError(Exception):
    """No Chromium runs here; the message says how one is installed or named."""


@dataclass(frozen=True)
class Chromium:
    path: Path
    environment: Mapping[str, str] = field(default_factory=dict)

    def version(self) -> int | None:
        """Its major version; None if it does not run."""
        try:
            asked = subprocess.run(
                [str(self.path), "--version"],
                check=False,
                capture_output=True,
                text=True,
                env={**os.environ, **self.environment},
                timeout=ANSWERS_WITHIN_S,
            )
        except (OSError, subprocess.TimeoutExpired):
            return None
        numbers = [word.partition(".")[0] for word in asked.stdout.split() if word[0].isdigit()]
        return int(numbers[0]) if asked.returncode == 0 and numbers else None

    def usable(self) -> bool:
        version = self.version()
        return version is not None and version >= OLDEST


def find_chromium() -> Chromium:
    """Raises `ChromiumMissingError`."""
    if named := os.environ.get(NAMED):
        chosen = Chromium(Path(named))
        if not chosen.usable():
            raise ChromiumMissingError(f"{NAMED} is {named!r}, which is no Chromium of version {OLDEST} or later.")
        return chosen
    found = next((each for each in _candidates() if each.usable()), None)
    if found is None:
        raise ChromiumMissingError(
            "Chromium is missing: `python local/setup.py --browser-tools` unpacks one on Linux on x86-64. Elsewhere "
            f"install version {OLDEST} or later, and name its program in {NAMED} if it is not on the PATH."
        )
    return found


def _candidates() -> Iterator[Chromium]:
    yield from unpacked(UNPACKED)
    for name in ON_THE_PATH:
        if found := shutil.which(name):
            yield Chromium(Path(found))


def unpacked(folder: Path) -> Iterator[Chromium]:
    """The one in the folder: with the machine's libraries (NSS and Expat), and with those that came with it."""
    program = folder / "chromium"
    if not program.exists():
        return
    fonts = {"FONTCONFIG_FILE": str(folder / "fonts.conf")}
    yield Chromium(program, fonts)
    yield Chromium(program, {**fonts, **searching(folder / "al2023" / "lib")})


def main() -> int:
    """Say which one there is, as the last step of `local/setup.py --browser-tools`."""
    UNPACKED.mkdir(parents=True, exist_ok=True)
    (UNPACKED / "fonts.conf").write_text(FONTS.format(folder=escape(str(UNPACKED))), encoding="utf-8")
    try:
        found = find_chromium()
    except ChromiumMissingError as error:
        print(error, file=sys.stderr)
        return 1
    print(f"{found.path}: version {found.version()}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
