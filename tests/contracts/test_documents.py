"""The committed contracts are what the code says."""

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from local.contracts import asyncapi, openapi

DOCS = Path(__file__).resolve().parents[2] / "docs"


@pytest.mark.parametrize(("name", "document"), [("openapi", openapi.document), ("asyncapi", asyncapi.document)])
def test_the_committed_document_is_what_the_code_says(name: str, document: Any) -> None:
    assert json.loads((DOCS / f"{name}.json").read_text(encoding="utf-8")) == document(), "run: make docs"


def test_every_operation_says_how_it_refuses() -> None:
    for path, methods in openapi.document()["paths"].items():
        for method, operation in methods.items():
            assert "application/problem+json" in operation["responses"]["default"]["content"], f"{method} {path}"


def test_every_frame_and_action_is_a_valid_schema() -> None:
    for message in asyncapi.document()["components"]["messages"].values():
        Draft202012Validator.check_schema(message["payload"])


def test_every_creating_operation_takes_an_idempotency_key() -> None:
    created = [
        operation
        for path, methods in openapi.document()["paths"].items()
        for method, operation in methods.items()
        if method == "post" and {"201", "202"} & set(operation["responses"]) and not path.startswith("/v1/auth/")
    ]
    without = [
        operation["operationId"]
        for operation in created
        if "idempotency-key" not in {parameter["name"].lower() for parameter in operation.get("parameters", [])}
    ]
    assert without == ["accept_offer", "decline_offer"], "answers to an offer create nothing: each is given once"
