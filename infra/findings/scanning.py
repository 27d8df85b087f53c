"""Runs checkov and cfripper over a stage's templates. Both run offline: proxies that nobody serves see to it."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from infra.constructs.naming import stack_name
from infra.findings import TOOLS, Finding

type Json = dict[str, Any]

_NOWHERE = "http://127.0.0.1:9"
"""The discard port: a connection is refused."""
_SUFFIX = ".template.json"


class ScanError(Exception):
    """A tool cannot be run, or cannot read a template."""


def scan(stage: str, templates: Path, scratch: Path) -> Iterator[Finding]:
    """What both tools find in the `*.template.json` of a folder. `scratch` is an empty folder. Raises `ScanError`."""
    if not (TOOLS / "bin" / "checkov").exists():
        raise ScanError("checkov and cfripper are not installed: `make setup-tests`")
    if not list(templates.glob(f"*{_SUFFIX}")):
        raise ScanError(f"{templates} has no templates")
    yield from _cfripper(stage, templates, scratch)
    yield from _checkov(stage, templates)


def _checkov(stage: str, templates: Path) -> Iterator[Finding]:
    command = ["checkov", "-d", str(templates), "--framework", "cloudformation", "--skip-download"]
    output = _run([*command, "--quiet", "--compact", "--output", "json"], {0, 1}, templates)
    reports = json.loads(output)
    for report in reports if isinstance(reports, list) else [reports]:
        if report["summary"]["parsing_errors"]:
            raise ScanError(f"checkov cannot read {report['results']['parsing_errors']}")
        for each in report["results"]["failed_checks"]:
            where = f"{_stack(stage, Path(each['file_path']).name)}/{each['resource']}"
            yield Finding("checkov", each["check_id"], where, each["check_name"], stage)


def _cfripper(stage: str, templates: Path, scratch: Path) -> Iterator[Finding]:
    """cfripper writes a result beside the template's name, below the current folder."""
    results = scratch / "results"
    results.mkdir()
    names = []
    for template in sorted(templates.glob(f"*{_SUFFIX}")):
        names.append(template.name)
        (scratch / template.name).write_text(json.dumps(_readable(json.loads(template.read_text("utf-8")))), "utf-8")
    command = ["cfripper", *names, "--format", "json", "--resolve", "--output-folder", str(results)]
    _run([*command, "--logging", "ERROR"], {0, 2}, scratch)
    for name in names:
        report = json.loads((results / f"{name}.cfripper.results.json").read_text("utf-8"))
        if report["exceptions"]:
            raise ScanError(f"cfripper cannot judge {name}: {report['exceptions']}")
        for each in report["failures"]:
            for resource in each["resource_ids"] or ["template"]:
                where = f"{_stack(stage, name)}/{resource}"
                yield Finding("cfripper", each["rule"], where, each["reason"], stage)


def _readable(template: Json) -> Json:
    """The template without what cfripper's parser cannot read and no rule of it judges.

    It takes an alarm's threshold for a whole number, has no `Fn::Cidr`, and has words for attributes of resources: the
    port of the database becomes a number.
    """
    resources = {
        name: _known(resource)
        for name, resource in template.get("Resources", {}).items()
        if resource["Type"] != "AWS::CloudWatch::Alarm"
    }
    return {"Resources": resources, "Parameters": template.get("Parameters", {})}


def _known(value: Any) -> Any:
    match value:
        case {"Fn::Cidr": [_, number, _]}:
            return ["2001:db8::/64"] * int(number)
        case {"Fn::GetAtt": [_, "Endpoint.Port"]}:
            return "5432"
        case dict():
            return {key: _known(each) for key, each in value.items()}
        case list():
            return [_known(each) for each in value]
    return value


def _stack(stage: str, file: str) -> str:
    """`RideFlow-prod-data.template.json` → `data`. Other stages' stacks have the same name."""
    found = re.fullmatch(rf"{re.escape(stack_name(stage, ''))}(.+){re.escape(_SUFFIX)}", file)
    if found is None:
        raise ScanError(f"{file} is no template of the stage {stage}")
    return found[1]


def _run(command: list[str], statuses: set[int], folder: Path) -> str:
    """The program's standard output; status 1 of checkov and 2 of cfripper say that there are findings."""
    proxies = dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"), _NOWHERE)
    surroundings = {**os.environ, **proxies, **{name.lower(): value for name, value in proxies.items()}}
    surroundings.pop("NO_PROXY", None)
    surroundings.pop("no_proxy", None)
    program = str(TOOLS / "bin" / command[0])
    done = subprocess.run(
        [program, *command[1:]], check=False, cwd=folder, capture_output=True, text=True, env=surroundings
    )
    if done.returncode not in statuses:
        raise ScanError(f"{command[0]} failed with status {done.returncode}:\n{(done.stdout + done.stderr)[-2000:]}")
    return done.stdout
