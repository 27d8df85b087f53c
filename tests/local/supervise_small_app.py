"""Supervises a stack with the small app; the folder is the argument. Prints `ready` when the stack is up."""

import sys
from pathlib import Path

from local.paths import StackFolder
from local.supervisor import supervise

APP = Path(__file__).parent / "small_app" / "app.py"

supervise(StackFolder(Path(sys.argv[1])), lambda _: None, lambda *_: print("ready", flush=True), APP)
