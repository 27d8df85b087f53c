"""The one table of operations and roles, independent of the names of permissions in the code."""

import ast
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from rideflow.identity.model import known_permissions, shipped_roles
from rideflow.kernel.access import Caller
from tests.functions.lambda_events import signed_in
from tests.functions.spying import Case, answer_of, example_event, noted_calls
from tests.functions.test_arguments import CASES

ROLES = tuple(shipped_roles().by_name)
RIDER, DRIVER, OPERATOR, ADMIN = (frozenset({role}) for role in ("rider", "driver", "operator", "admin"))
STAFF = OPERATOR | ADMIN
EVERYBODY = RIDER | DRIVER | STAFF

MAY: dict[str, frozenset[str]] = {
    "dispatch/accept_offer": DRIVER,
    "dispatch/accept_offer_live": DRIVER,
    "dispatch/decline_offer": DRIVER,
    "dispatch/decline_offer_live": DRIVER,
    "drivers/add_vehicle": DRIVER,
    "drivers/clear_destination": DRIVER,
    "drivers/get_destination": DRIVER,
    "drivers/get_driver": DRIVER,
    "drivers/go_offline": DRIVER,
    "drivers/go_online": DRIVER,
    "drivers/put_preferences": DRIVER,
    "drivers/register_driver": DRIVER,
    "drivers/set_destination": DRIVER,
    "drivers/verify_driver": STAFF,
    "ledger/get_statement": EVERYBODY,
    "ledger/get_statement_csv": EVERYBODY,
    "ledger/list_accounts": EVERYBODY,
    "locations/record_position": DRIVER,
    "locations/record_positions": DRIVER,
    "operations/dispatch_trip": STAFF,
    "operations/list_set_aside": STAFF,
    "operations/list_stuck_trips": STAFF,
    "operations/list_waiting": STAFF,
    "operations/list_zones": STAFF,
    "operations/operator_cancel": STAFF,
    "operations/operator_complete": STAFF,
    "operations/operator_reassign": STAFF,
    "operations/redrive_event": STAFF,
    "operations/set_strategy": STAFF,
    "operations/unwatch_market": STAFF,
    "operations/watch_market": STAFF,
    "payments/get_receipt": EVERYBODY,
    "pricing/request_quote": RIDER,
    "realtime/connect": EVERYBODY,
    "realtime/sync": RIDER | DRIVER,
    "payments/add_card": RIDER,
    "riders/get_profile": RIDER,
    "payments/list_cards": RIDER,
    "riders/put_profile": RIDER,
    "supply/nearby": RIDER | STAFF,
    "supply/place_in_queue": DRIVER,
    "trips/arrive_at_pickup": DRIVER,
    "trips/cancel_scheduled_ride": RIDER | DRIVER,
    "trips/cancel_trip": RIDER | DRIVER,
    "trips/complete_trip": DRIVER,
    "trips/edit_scheduled_ride": RIDER,
    "trips/get_scheduled_ride": EVERYBODY,
    "trips/get_trip": EVERYBODY,
    "trips/list_scheduled_rides": RIDER | DRIVER,
    "trips/list_trips": RIDER | DRIVER,
    "trips/rate_trip": RIDER | DRIVER,
    "trips/request_trip": RIDER,
    "trips/schedule_ride": RIDER,
    "trips/start_trip": DRIVER,
}
"""A rider's own data is found by the caller's id: another role that may call the operation finds no rider's data."""

FOR_ANYBODY = {
    "identity/confirm",
    "identity/login",
    "identity/logout",
    "identity/refresh",
    "identity/register",
    "payments/receive_stripe_webhook",
    "realtime/default",
    "realtime/disconnect",
    "realtime/ping",
}
"""Operations before sign-in, webhooks with Stripe's signature, and operations with nothing to protect: `ping` and an
unknown action do nothing, and a connection ends only itself."""


def _by(role: str | None, operation: str) -> Case:
    """The operation's first case, called by a person with this role, or with none."""
    caller: Caller = signed_in(role) if role else signed_in()
    return replace(CASES[operation][0], caller=caller)


def _asked_by_people() -> set[str]:
    return {operation for operation in CASES if "requestContext" in example_event(operation)}


def test_every_operation_that_people_ask_for_is_in_the_table() -> None:
    assert MAY.keys() | FOR_ANYBODY == _asked_by_people()


@pytest.mark.parametrize("role", [*ROLES, None], ids=str)
@pytest.mark.parametrize("operation", MAY)
def test_an_operation_is_for_these_roles_and_no_other(
    operation: str, role: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")

    assert bool(noted_calls(operation, _by(role, operation), monkeypatch)) == (role in MAY[operation])


@pytest.mark.parametrize("operation", MAY)
def test_a_role_that_may_not_is_told_so(operation: str, monkeypatch: pytest.MonkeyPatch) -> None:
    refused = [role for role in [*ROLES, None] if role not in MAY[operation]]

    for role in refused:
        told = answer_of(operation, _by(role, operation), monkeypatch)
        assert (told.status, told.code) == (403, "permission_missing"), role


def test_nobody_who_is_not_signed_in_may_do_anything(monkeypatch: pytest.MonkeyPatch) -> None:
    for operation in MAY:
        told = answer_of(operation, replace(CASES[operation][0], caller=None), monkeypatch)
        assert (told.status, told.code) == (401, "unauthenticated"), operation


def _texts(source: Path) -> Iterator[str]:
    """The file's string literals."""
    for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def test_roles_permit_exactly_the_permissions_that_operations_check() -> None:
    """A permission that no operation checks has no effect; one that no role has can be used by nobody."""
    sources = [*Path("functions").rglob("*.py"), *Path("layers/rideflow/python/rideflow").rglob("*.py")]
    texts = {text for source in sources for text in _texts(source)}
    named_like_one = {text for text in texts if re.fullmatch(r"[a-z]+:[a-z]+(:any)?", text)}

    assert named_like_one - {"cognito:groups"} == known_permissions().keys() - {"role:manage"}
