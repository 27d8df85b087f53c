"""Names of headers have no case: HTTP/2 sends them in lower case, HTTP/1.1 as the client spells them."""

from collections.abc import Callable

import pytest

from rideflow.kernel.rest import RestApi
from tests.functions.lambda_events import Json, answer
from tests.functions.spying import example_event
from tools.contracts.operations import Operation, operations

SPELLINGS: list[Callable[[str], str]] = [str.lower, str.upper, str.title, str.swapcase]
NO_KEY = "not a key"
"""An invalid key (it has a space): nothing is done, and the refusal shows that the header was read."""


def _taking(header: str) -> list[Operation]:
    return [
        operation
        for operation in operations()
        if isinstance(operation.app, RestApi)
        for route in operation.app._dynamic_routes + operation.app._static_routes
        if header in {parameter.alias.lower() for parameter in route.dependant.header_params}
    ]


def _event(operation: Operation, headers: dict[str, str]) -> Json:
    """The operation's example event with these headers instead of its own."""
    event = example_event(f"{operation.context}/{operation.name}")
    sent = {"Accept": "application/json", "Content-Type": "application/json", **headers}
    return event | {"headers": sent, "multiValueHeaders": {name: [value] for name, value in sent.items()}}


@pytest.mark.parametrize("spelling", SPELLINGS)
@pytest.mark.parametrize("passed_as", ["headers", "multiValueHeaders"])
@pytest.mark.parametrize("operation", _taking("idempotency-key"), ids=lambda operation: operation.name)
def test_every_operation_reads_an_idempotency_key_however_it_is_spelled(
    operation: Operation, passed_as: str, spelling: Callable[[str], str]
) -> None:
    event = _event(operation, {spelling("Idempotency-Key"): NO_KEY})
    event["multiValueHeaders" if passed_as == "headers" else "headers"] = None

    refused = answer(operation.app, event)

    assert {error["field"]: error["code"] for error in refused.body["errors"]}["idempotency-key"] == (
        "string_pattern_mismatch"
    )


@pytest.mark.parametrize("operation", _taking("idempotency-key"), ids=lambda operation: operation.name)
def test_a_missing_key_is_refused_by_the_function_itself(operation: Operation) -> None:
    refused = answer(operation.app, _event(operation, {}))

    assert refused.status == 422
    assert {error["field"]: error["code"] for error in refused.body["errors"]}["idempotency-key"] == "missing"


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_a_content_type_is_read_however_its_header_is_spelled(spelling: Callable[[str], str]) -> None:
    (operation,) = (each for each in operations() if each.name == "request_quote")
    event = _event(operation, {})
    for sent in (event["headers"], event["multiValueHeaders"]):
        del sent["Content-Type"]
    event["headers"][spelling("Content-Type")] = "text/csv"
    event["multiValueHeaders"][spelling("Content-Type")] = ["text/csv"]

    assert answer(operation.app, event).status == 415
