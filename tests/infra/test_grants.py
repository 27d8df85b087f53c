"""Rights of functions on tables, the user pool and sagas: those that their code uses, and no others."""

import json

from tests.infra.handlers import Handler
from tests.infra.synthesis import Synthesis
from tests.infra.test_functions import EACH_HANDLER

_ITEMS = {"dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"}
ON_TABLES = {
    "guards": ("Guards", _ITEMS),
    "payment_customers": ("PaymentCustomers", _ITEMS),
    "person_keys": ("PersonKeys", {"dynamodb:BatchGetItem"}),
    "realtime": ("Connections", {"dynamodb:Query", "dynamodb:DeleteItem"}),
    "roles": ("RoleChanges", {"dynamodb:Scan"}),
    "sessions": ("EndedSessions", {"dynamodb:Query"}),
}
"""By need of a handler: the table, and the actions of functions that read it, push by it, or count in it."""

_MAKING_KEYS = {"dynamodb:BatchGetItem", "dynamodb:PutItem"}
WRITERS = {
    ("drivers", "add_vehicle", "PersonKeys"): _MAKING_KEYS,
    ("drivers", "register_driver", "PersonKeys"): _MAKING_KEYS,
    ("identity", "confirm", "PersonKeys"): _MAKING_KEYS,
    ("locations", "measure_path", "PersonKeys"): _MAKING_KEYS,
    ("operations", "dispatch_trip", "PersonKeys"): _MAKING_KEYS,
    ("operations", "operator_cancel", "PersonKeys"): _MAKING_KEYS,
    ("operations", "operator_complete", "PersonKeys"): _MAKING_KEYS,
    ("operations", "operator_reassign", "PersonKeys"): _MAKING_KEYS,
    ("trips", "cancel_trip", "PersonKeys"): _MAKING_KEYS,
    ("trips", "rate_trip", "PersonKeys"): _MAKING_KEYS,
    ("realtime", "connect", "Connections"): {"dynamodb:PutItem", "dynamodb:Query", "dynamodb:DeleteItem"},
    ("realtime", "disconnect", "Connections"): {"dynamodb:DeleteItem"},
    ("identity", "logout", "EndedSessions"): {"dynamodb:PutItem"},
}
"""Functions with other actions."""

_ASKING_FOR_ROLES = {"cognito-idp:AdminGetUser", "cognito-idp:AdminListGroupsForUser"}
ON_THE_POOL = {
    "register": _ASKING_FOR_ROLES | {"cognito-idp:AdminAddUserToGroup", "cognito-idp:AdminDeleteUser"},
    "confirm": _ASKING_FOR_ROLES,
}


def _granted(synthesis: Synthesis, handler: Handler, service: str) -> dict[str, set[str]]:
    """The actions of the service that the function may perform, by resource (as JSON)."""
    function = synthesis.functions[handler.key]
    role = function.properties["Role"]["Fn::GetAtt"][0]
    found: dict[str, set[str]] = {}
    for statement in synthesis.statements(function.stack, role):
        actions = statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
        if named := {action for action in actions if action.startswith(f"{service}:")}:
            found.setdefault(json.dumps(statement["Resource"]), set()).update(named)
    return found


@EACH_HANDLER
def test_a_function_has_exactly_the_rights_on_each_table_that_its_code_uses(handler: Handler, prod: Synthesis) -> None:
    wanted = {
        table: WRITERS.get((*handler.key, table), usual)
        for need, (table, usual) in ON_TABLES.items()
        if need in handler.needs
    }
    granted = _granted(prod, handler, "dynamodb")

    assert {
        table: actions for table, _ in ON_TABLES.values() for arn, actions in granted.items() if table in arn
    } == wanted
    assert len(granted) == len(wanted)


@EACH_HANDLER
def test_only_registering_and_confirming_may_administer_accounts(handler: Handler, prod: Synthesis) -> None:
    granted = _granted(prod, handler, "cognito-idp")
    wanted = ON_THE_POOL.get(handler.operation, set()) if handler.context == "identity" else set()

    assert set().union(*granted.values()) == wanted


@EACH_HANDLER
def test_only_those_who_start_a_saga_may_ask_how_its_executions_are(handler: Handler, prod: Synthesis) -> None:
    asking = [
        arn for arn, actions in _granted(prod, handler, "states").items() if "states:DescribeExecution" in actions
    ]
    sagas = {"settle_saga": "settle_trip", "match_saga": "match_trip"}
    started = [saga for need, saga in sagas.items() if need in handler.needs]

    assert len(asking) == len(started)
    assert all(f":execution:rideflow-prod-{saga}:*" in arn for saga, arn in zip(started, asking, strict=True))
