"""Callers reach functions by an alias, and a release has a name: what `local/releases` relies on in the templates."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from infra.release import declaring_modules, release_name
from infra.stages import DEV, LOCAL, PROD, STAGES
from tests.infra.policies import named, resolved
from tests.infra.synthesis import Resource, Synthesis

INFRA = Path(__file__).resolve().parents[2] / "infra"
_NAMES = ("AWS::Lambda::Version", "AWS::Lambda::Alias")
_QUALIFIED = re.compile(r":(live|r-\*)$")
RELEASE = re.compile(r"r-[0-9a-f]{12}")


def test_every_function_has_a_first_version_that_stays_and_an_alias_that_no_deploy_moves(each_stage: Synthesis) -> None:
    """CloudFormation sets an alias back whose part of the template changes: it may tell nothing else of it."""
    versions, aliases = (_by_function(each_stage, kind) for kind in _NAMES)
    functions = {(each.stack, each.logical_id) for each in each_stage.functions.values()}

    assert versions.keys() == functions == aliases.keys()
    for (stack, function), version in versions.items():
        assert version.properties == {"FunctionName": {"Ref": function}}, "whose change would make another version"
        assert version.body["DeletionPolicy"] == version.body["UpdateReplacePolicy"] == "Retain"
        assert aliases[stack, function].properties == {
            "FunctionName": {"Ref": function},
            "FunctionVersion": {"Fn::GetAtt": [version.logical_id, "Version"]},
            "Name": "live",
        }


def test_a_later_deploy_has_the_same_version_and_alias(
    prod: Synthesis, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Their logical ids tell nothing of the release, in contrast to CDK's `current_version`."""
    from tests.infra.synthesis import synthesise

    monkeypatch.setattr("infra.assembly.release_name", lambda *_: "r-later")
    later = synthesise("prod", tmp_path)

    assert {each.properties["Environment"]["Variables"]["RELEASE_NAME"] for each in later.functions.values()} == {
        "r-later"
    }
    for kind in _NAMES:
        assert [each for each in later.resources if each.type == kind] == [
            each for each in prod.resources if each.type == kind
        ]


def test_nobody_names_a_function_without_its_alias(each_stage: Synthesis) -> None:
    """But the deploy itself, which runs the migrations of the code that it brings."""
    functions = {named(each.stack, each.logical_id) for each in each_stage.functions.values()}
    unqualified, qualified = [], set[str]()
    for resource in each_stage.resources:
        if resource.type in _NAMES:
            continue
        for text in _texts(resource.properties, resource.stack, each_stage):
            unqualified += [(resource.type, name) for name in functions if text == name or f"{name}:" in text]
            for arn in re.findall(r"arn:aws:lambda:[^/\s\"]*:function:[\w$-]+(?::[^/\s\"]*)?", text):
                if _QUALIFIED.search(arn):
                    qualified.add(resource.type)
                elif resource.type != "AWS::StepFunctions::StateMachine":
                    unqualified.append((resource.type, arn))

    migrate = each_stage.functions["kernel", "migrate"]
    assert unqualified == [("Custom::Migrations", named(migrate.stack, migrate.logical_id))]
    assert {"AWS::Lambda::Permission", "AWS::ApiGateway::RestApi", "AWS::IAM::Policy"} <= qualified


def test_queues_and_schedules_start_the_alias(each_stage: Synthesis) -> None:
    for kind, member in (("AWS::Lambda::EventSourceMapping", "FunctionName"), ("AWS::Scheduler::Schedule", "Target")):
        callers = each_stage.of_type(kind)
        assert callers
        for caller in callers:
            assert each_stage.behind(caller.stack, caller.properties[member])


def test_a_schedules_role_may_invoke_the_alias_and_nothing_else(prod: Synthesis) -> None:
    for schedule in prod.of_type("AWS::Scheduler::Schedule"):
        role = schedule.properties["Target"]["RoleArn"]["Fn::GetAtt"][0]
        invocable = [
            each["Resource"]
            for each in prod.statements(schedule.stack, role)
            if each["Action"] == "lambda:InvokeFunction"
        ]
        assert invocable == [schedule.properties["Target"]["Arn"]]


def test_all_functions_of_a_deploy_are_of_one_release(each_stage: Synthesis) -> None:
    releases = {each.properties["Environment"]["Variables"]["RELEASE_NAME"] for each in each_stage.functions.values()}

    assert len(releases) == 1
    assert RELEASE.fullmatch(releases.pop())


def test_a_releases_name_changes_with_what_functions_are_made_of(tmp_path: Path) -> None:
    archives = ["code", "layer-1", "layer-2"]
    base = release_name(PROD, archives)

    assert base == release_name(PROD, list(archives))
    others = {
        release_name(PROD, ["code", "layer-1", "layer-3"]),
        release_name(PROD, ["code", "layer-1layer-2"]),
        release_name(DEV, archives),
        release_name(replace(PROD, max_speed_mps=61), archives),
    }
    assert len(others | {base}) == 5
    assert release_name(replace(PROD, further_markets=tmp_path), archives) == base, "a folder is no content"


@pytest.mark.parametrize(
    ("file", "is_a_release"),
    [
        ("assembly.py", True),
        ("capabilities/stores.py", True),
        ("constructs/function.py", True),
        ("constructs/placement.py", True),
        ("contexts/payments.py", True),
        ("stacks/network.py", True),
        ("stages.py", True),
        ("constructs/firewall.py", False),
        ("constructs/gateway_responses.py", False),
        ("costs/bill.py", False),
        ("findings/scanning.py", False),
        ("markets/areas.py", False),
        ("pipeline.py", False),
        ("stacks/alarms.py", False),
        ("workflows/settle_trip.asl.json", False),
    ],
)
def test_another_source_is_another_release_where_functions_are_declared(
    file: str, is_a_release: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A release moves each function of a stage, and is judged for twenty minutes on prod."""
    shutil.copytree(INFRA, tmp_path / "infra", ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr("infra.release._ROOT", tmp_path)
    before = release_name(PROD, ["code"])
    with (tmp_path / "infra" / file).open("a") as source:
        source.write("\n")

    assert (release_name(PROD, ["code"]) != before) is is_a_release


def test_every_module_that_is_used_to_declare_functions_is_read() -> None:
    """What the interpreter imported for the contexts' stacks is what the digest finds by reading."""
    script = "import sys, infra.stacks.context, infra.stacks.data, infra.stacks.network; print(*sys.modules)"
    told = subprocess.run([sys.executable, "-c", script], cwd=INFRA.parent, check=True, capture_output=True, text=True)
    loaded = {name for name in told.stdout.split() if name.partition(".")[0] == "infra"}

    assert loaded - declaring_modules().keys() <= {
        "infra.stacks", "infra.layers", *(name for name in loaded if f"{name}.".startswith("infra.markets."))
    }  # fmt: skip


def test_a_release_of_prod_gets_5_25_and_then_all_calls_and_others_get_all_at_once() -> None:
    assert (PROD.release_percents, PROD.release_judged_min) == ((5, 25, 100), 10)
    assert DEV.release_percents == LOCAL.release_percents == (100,)
    for stage in STAGES.values():
        assert list(stage.release_percents) == sorted(set(stage.release_percents))
        assert stage.release_percents[-1] == 100


def _by_function(synthesis: Synthesis, kind: str) -> dict[tuple[str, str], Resource]:
    return {(each.stack, each.properties["FunctionName"]["Ref"]): each for each in synthesis.of_type(kind)}


def _texts(value: Any, stack: str, synthesis: Synthesis) -> Iterator[str]:
    """Every text in it; a joined one and a reference as a whole. Texts that are looked up name nobody.

    The key of a condition that tells a function's own code is compared with the function's ARN without an alias.
    """
    match value:
        case str():
            yield value
        case {"Fn::Join": [str(between), list(parts)]}:
            told = [part for part in parts if not (isinstance(part, dict) and "Fn::FindInMap" in part)]
            yield str(resolved({"Fn::Join": [between, told]}, stack, synthesis))
        case {"Ref": _} | {"Fn::GetAtt": _} | {"Fn::Sub": str()}:
            yield str(resolved(value, stack, synthesis))
        case dict():
            for key, each in value.items():
                if key != "lambda:SourceFunctionArn":
                    yield from _texts(each, stack, synthesis)
        case list():
            for each in value:
                yield from _texts(each, stack, synthesis)
