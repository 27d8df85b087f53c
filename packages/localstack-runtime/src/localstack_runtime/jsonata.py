"""JSONata for Step Functions without the Java runtime that LocalStack would start for it."""

import json
from typing import Any

import jsonata
import localstack.services.stepfunctions.asl.jsonata.jsonata as localstack_jsonata


def evaluate(expression: str) -> Any:
    """The value of an expression, as JSON knows it; raises LocalStack's `JSONataException`."""
    try:
        return json.loads(json.dumps(jsonata.Jsonata(expression).evaluate(None)))
    except Exception as error:  # any error is the expression's and belongs to the state machine
        raise localstack_jsonata.JSONataException("UNKNOWN", str(error)) from error


def install() -> None:
    """Make every state machine evaluate its expressions with `evaluate`."""
    localstack_jsonata._eval_jsonata = evaluate
