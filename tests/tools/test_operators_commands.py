"""Commands of AWS's command line in the documents for operators: botocore knows the operation and each option."""

import re
from collections.abc import Iterator
from itertools import pairwise

import boto3
import pytest
from botocore import xform_name

from infra.stages import DEV, PROD
from local.paths import ROOT

DOCUMENTS = ("recovery.md", "runbook.md", "running.md")
COMMAND = re.compile(r"\baws (?P<service>[a-z0-9-]+) (?P<operation>[a-z0-9-]+)(?P<options>(?:\\\n|[^`\n])*)")
OF_THE_COMMAND_LINE = {"output", "query", "region", "profile", "no_paginate", "cli_input_json"}
SERVICES = {"s3api": "s3"}
NOT_IN_BOTOCORE = {"sso", "logs", "configure"}
"""Commands of the command line's own, such as `aws sso login` and `aws logs tail`."""


def commands() -> Iterator[tuple[str, str, str, frozenset[str]]]:
    """Document, service, operation and options."""
    for document in DOCUMENTS:
        for found in COMMAND.finditer((ROOT / "docs" / document).read_text()):
            options = re.sub(r"\"[^\"]*\"|'[^']*'|\$\([^)]*\)", "…", found["options"])
            options = re.split(r"[;)]", options)[0]
            names = frozenset(name.replace("-", "_") for name in re.findall(r"--([a-z0-9-]+)", options))
            yield document, found["service"], found["operation"], names


KNOWN = sorted({command for command in commands() if command[1] not in NOT_IN_BOTOCORE}, key=str)


def test_each_document_has_commands() -> None:
    assert {document for document, *_ in KNOWN} >= {"recovery.md", "runbook.md"}
    assert any(len(options) > 8 for *_, options in KNOWN), "also those of several lines"


@pytest.mark.parametrize(("document", "service", "operation", "options"), KNOWN)
def test_a_command_and_its_options_exist(document: str, service: str, operation: str, options: frozenset[str]) -> None:
    model = boto3.client(SERVICES.get(service, service), region_name="us-east-1").meta.service_model
    operations = {xform_name(name).replace("_", "-"): name for name in model.operation_names}
    assert operation in operations, document
    members = {xform_name(name) for name in model.operation_model(operations[operation]).input_shape.members}
    switched_off = {name.removeprefix("no_") for name in options}
    assert (switched_off - OF_THE_COMMAND_LINE) <= members, document


def test_steps_of_a_restore_are_numbered_in_each_stage_s_order() -> None:
    text = (ROOT / "docs" / "recovery.md").read_text()
    section = text.partition("## Aurora: restore")[2].partition("\n## ")[0]
    both, prod, dev, on = (part for part in re.split(r"\n### .*\n", section)[1:])
    for stage in (prod, dev):
        numbers = [int(number) for number in re.findall(r"^(\d+)\. ", both + "\n" + stage + "\n" + on, re.MULTILINE)]
        assert all(after == before + 1 for before, after in pairwise([0, *numbers]))


def test_a_restore_has_the_capacity_of_its_stage() -> None:
    text = (ROOT / "docs" / "recovery.md").read_text()
    for stage in (DEV, PROD):
        capacity = f"MinCapacity={stage.database_min_acu},MaxCapacity={stage.database_max_acu}"
        assert f"{stage.name} {'has ' if stage is DEV else ''}`{capacity}" in text
