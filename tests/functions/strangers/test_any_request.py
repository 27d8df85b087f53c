"""Any request that a tool generates from the published contract is answered by the contract, and never with a 5xx.

Schemathesis draws valid and invalid requests for each operation from `docs/openapi.json`. They are sent to the real
handlers on real stores, by a rider, a driver, an operator, and without sign-in.
"""

import json
from collections.abc import Callable
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import (
    content_type_conformance,
    not_a_server_error,
    response_schema_conformance,
    status_code_conformance,
)
from werkzeug.test import Client

from tests.functions.strangers.conftest import Town
from tests.functions.strangers.gateway import Gateway, routes

REQUESTS = 12
"""Requests for each operation, valid and invalid ones; every caller sends each. All take a few minutes."""

WITHOUT_BODY = [not_a_server_error, status_code_conformance]
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
OPERATIONS = sorted((route.openapi_path, route.method) for route, _ in routes())
EACH_OPERATION = pytest.mark.parametrize(
    ("path", "method"), OPERATIONS, ids=[f"{method} {path}" for path, method in OPERATIONS]
)
BOUNDED = settings(
    max_examples=REQUESTS, deadline=None, database=None, suppress_health_check=list(HealthCheck), print_blob=False
)

BODIES = [
    b"", b"null", b"[]", b"{", b"{}", b'""', b"\x00", b"\xff\xfe", b"\xed\xa0\x80", b"\xef\xbb\xbf{}", b"a=1&b=2",
    b'{"a": ' + b"9" * 5000 + b"}", b'{"a": NaN}', b'{"a": 1e999999}', b"[" * 60_000, b'{"a":' * 9_000,
    b'{"a": 1, "a": 2}', b'{"a": "\\ud800"}', b'{"a": "\\u0000"}', b"\x1f\x8b\x08\x00", b"x" * 70_000,
    b'--b\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n--b--\r\n', b"<a/>", b"{}" * 3,
]  # fmt: skip
KINDS = [
    "application/json", "application/json; charset=utf-16", "application/x-www-form-urlencoded", "text/plain", "",
    "multipart/form-data; boundary=b", "multipart/form-data", "application/octet-stream", "*/*", ";", "application/xml",
]  # fmt: skip


@pytest.mark.long
@EACH_OPERATION
@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=["good", "bad"])
def test_every_answer_is_one_of_the_contract(town: Town, path: str, method: str, mode: GenerationMode) -> None:
    operation = schemathesis.openapi.from_wsgi("/openapi.json", town.gateway)[path][method]
    answered: set[int] = set()

    def send(case: Any, known: bool) -> None:
        if known:
            _name_what_there_is(case, town.ids)
        for caller in town.callers.values():
            town.gateway.caller = caller
            answer = case.call()
            case.validate_response(answer, checks=WITHOUT_BODY if answer.status_code == 204 else CHECKS)
            answered.add(answer.status_code)

    _drawn(send, operation.as_strategy(generation_mode=mode), st.booleans())
    assert answered, "nothing was asked"


@pytest.mark.long
@EACH_OPERATION
def test_no_body_of_any_kind_is_a_fault_of_ours(town: Town, path: str, method: str) -> None:
    client = Client(town.gateway)
    town.gateway.caller = next(caller for caller in town.callers.values() if caller)
    address = path.format(**{name: town.ids.get(name, "x") for name in _names(path)})
    for body in BODIES:
        for kind in KINDS:
            headers = {"Content-Type": kind} if kind else {}
            answer = client.open(address, method=method, data=body, headers=headers)
            assert answer.status_code < 500, (body[:40], kind, answer.text)
            assert answer.status_code != 429, "nobody read the body"
            if answer.status_code >= 400:
                assert json.loads(answer.text)["status"] == answer.status_code


def _drawn(send: Callable[..., None], *strategies: Any) -> None:
    try:
        drawn: Any = given
        BOUNDED(drawn(*strategies)(send))()
    except Unsatisfiable:
        pytest.skip("no such request can be made of this operation")


def _name_what_there_is(case: Any, ids: dict[str, str]) -> None:
    """Put ids of existing objects into half of the requests."""
    for place in (case.path_parameters, case.body):
        if isinstance(place, dict):
            place.update({name: ids[name] for name in ids if name in place})


def _names(path: str) -> list[str]:
    return [part.strip("{}") for part in path.split("/") if part.startswith("{")]


def test_an_address_that_is_not_served_and_a_method_that_is_not_are_told_apart() -> None:
    client = Client(Gateway())

    assert client.get("/v1/nothing").status_code == 404
    assert (client.put("/v1/trips").status_code, client.put("/v1/trips").headers["Allow"]) == (405, "GET, POST")


def test_a_line_break_in_an_address_reaches_no_header(town: Town) -> None:
    """API Gateway names the route by its template, so that what a caller wrote is in none of our headers."""
    operation = schemathesis.openapi.from_wsgi("/openapi.json", town.gateway)["/v1/trips/{trip_id}"]["GET"]
    town.gateway.caller = town.callers["rider"]

    answer = operation.Case(path_parameters={"trip_id": "a\nb"}).call()

    assert answer.status_code == 422
    assert "GET /v1/trips/{trip_id}" in str(answer.headers)
