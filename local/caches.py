"""The caches of tools: they are in this checkout, never in the home of the person who runs it.

Imports the standard library alone: `setup.py` runs before anything is installed.
"""

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CACHE = ROOT / ".rideflow" / "cache"
FOLDERS = {
    "XDG_CACHE_HOME": "",
    "UV_CACHE_DIR": "uv",
    "PIP_CACHE_DIR": "pip",
    "npm_config_cache": "npm",
    "CDK_HOME": "cdk",
    "NODE_COMPILE_CACHE": "node",
    "JSII_RUNTIME_PACKAGE_CACHE_ROOT": "jsii",
    "MPLCONFIGDIR": "matplotlib",
}
"""The variable that names a tool's cache folder, and the folder's name below the checkout's cache."""


def variables() -> dict[str, str]:
    """Variables for the environment of every started process.

    A folder that the person chose for one tool stays; an empty variable counts as not set.
    """
    chosen = {name for name, folder in os.environ.items() if folder and name != "XDG_CACHE_HOME"} | _as_npm_reads()
    return {name: str(CACHE / folder) for name, folder in FOLDERS.items() if name not in chosen}


def keep() -> None:
    """Have this process, and all that it starts, keep its caches in the checkout.

    Bytecode is one of them: LocalStack would compile for seconds at every start if it could not keep the result.
    """
    os.environ.update(variables())
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)


def _as_npm_reads() -> set[str]:
    """Names of npm's variables that are set, in lower case: npm reads them in any case."""
    return {name.lower() for name, value in os.environ.items() if value and name.lower().startswith("npm_config_")}


def home(folder: Path) -> dict[str, str]:
    """A home of its own for a program that belongs to the stack: it neither reads nor changes the person's."""
    folders = {"CACHE": ".cache", "CONFIG": ".config", "DATA": ".local/share", "STATE": ".local/state"}
    return {"HOME": str(folder)} | {f"XDG_{name}_HOME": str(folder / below) for name, below in folders.items()}
