"""Rights of functions: those that their code and their trigger use, and no others."""

from localstack_runtime.authorization.policies import Request, allows
from tests.infra.handlers import Handler, handlers
from tests.infra.policies import ACCOUNT, REGION, named, resolved
from tests.infra.synthesis import Json, Resource, Synthesis, listed
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


_QUEUE_WORKER = {
    f"sqs:{action}"
    for action in ("ReceiveMessage", "ChangeMessageVisibility", "DeleteMessage", "GetQueueUrl", "GetQueueAttributes")
}
_QUEUE_SENDER = {"sqs:SendMessage", "sqs:GetQueueUrl", "sqs:GetQueueAttributes"}
_NETWORK = {
    f"ec2:{action}"
    for action in ("CreateNetworkInterface", "DescribeNetworkInterfaces", "DescribeSubnets", "DeleteNetworkInterface",
                   "AssignPrivateIpAddresses", "UnassignPrivateIpAddresses")
}  # fmt: skip
"""What Lambda itself needs to place a function in the VPC; the resources do not exist before."""

_EVERYBODY = {("xray:PutTraceSegments", "*"), ("xray:PutTelemetryRecords", "*")}
_IN_VPC = {"database", "migrator", "redis"}
_SAGAS = {"match_saga": "match_trip", "settle_saga": "settle_trip"}

BY_NEED: dict[str, set[tuple[str, str]]] = {
    "database": {("rds-db:connect", "database/functions")},
    "migrator": {
        ("secretsmanager:GetSecretValue", "SecretTargetAttachment"),
        ("kms:Decrypt", "Key"),
        ("rds-db:connect", "DBCluster.DBClusterResourceId/postgres"),
    },
    "redis": {
        ("elasticache:Connect", f"arn:aws:elasticache:{REGION}:{ACCOUNT}:replicationgroup:rideflow-prod-redis"),
        ("elasticache:Connect", "User"),
    },
    "event_bus": {("events:PutEvents", "EventBus:rideflow-prod")},
    "realtime": {("execute-api:ManageConnections", "websocket/live/POST/@connections/*")},
    "dispatch": {
        (action, f"Queue:rideflow-prod-dispatch-{queue}")
        for action in _QUEUE_SENDER
        for queue in ("ticks", "offer-expiries")
    },
    "states": {("states:SendTaskSuccess", "stateMachine:rideflow-prod-match_trip")},
    "stripe": {("secretsmanager:GetSecretValue", "Secret:rideflow/prod/stripe"), ("kms:Decrypt", "Key")},
    "heartbeat": {(action, "Queue:rideflow-prod-supply-heartbeat") for action in _QUEUE_SENDER},
    "channel": {(action, "Queue:rideflow-prod-operations-frames") for action in _QUEUE_SENDER},
    "posts": {("execute-api:ManageConnections", "websocket/live/POST/@connections/*")},
    **{
        need: {
            ("states:StartExecution", f"stateMachine:rideflow-prod-{saga}"),
            ("states:DescribeExecution", f"execution:rideflow-prod-{saga}:*"),
        }
        for need, saga in _SAGAS.items()
    },
}
_CLOSING = {("execute-api:ManageConnections", "websocket/live/DELETE/@connections/*")}
NOT_NEEDED = {("realtime", operation): BY_NEED["realtime"] for operation in ("connect", "disconnect")}
"""Rights of a need that these functions do not use: one closes connections, one removes what is closed already."""

_QUEUES = {
    "dispatch tick queue": "dispatch-ticks",
    "dispatch offer expiry queue": "dispatch-offer-expiries",
    "heartbeat queue": "supply-heartbeat",
    "operations frames queue": "operations-frames",
}
BY_FUNCTION: dict[tuple[str, str], set[tuple[str, str]]] = {
    ("locations", "measure_path"): {
        ("s3:GetObject", "Bucket/*"), ("s3:PutObject", "Bucket/*"), ("s3:ListBucket", "Bucket"),
        ("kms:Decrypt", "Key"), ("kms:GenerateDataKey", "Key"),
    },
    ("realtime", "connect"): _CLOSING,
    ("realtime", "on_user_logged_out"): _CLOSING,
}  # fmt: skip


@EACH_HANDLER
def test_a_function_may_do_exactly_what_its_needs_and_its_trigger_ask_for(handler: Handler, prod: Synthesis) -> None:
    function = prod.functions[handler.key]
    role = function.properties["Role"]["Fn::GetAtt"][0]
    granted = {
        (action, _readable(resource, function, prod))
        for statement in prod.statements(function.stack, role)
        if statement["Effect"] == "Allow"
        for action in listed(statement["Action"])
        for resource in listed(statement["Resource"])
    }

    wanted = _EVERYBODY | {(f"logs:{action}", "its own log") for action in ("CreateLogStream", "PutLogEvents")}
    wanted |= _by_trigger(handler) | BY_FUNCTION.get(handler.key, set())
    if handler.needs & _IN_VPC:
        wanted |= {(action, "*") for action in _NETWORK}
    for need in handler.needs:
        wanted |= BY_NEED.get(need, set())
    for need, (table, usual) in ON_TABLES.items():
        if need in handler.needs:
            wanted |= {(action, f"Table:{table}") for action in WRITERS.get((*handler.key, table), usual)}
    if handler.context == "identity":
        wanted |= {(action, "UserPool") for action in ON_THE_POOL.get(handler.operation, set())}

    assert granted == wanted - NOT_NEEDED.get(handler.key, set())


# Conditions, by effect.

PUBLISHERS = {
    ("payments", "receive_stripe_webhook"): {"payments"},
    ("payments", "sweep_orders"): {"payments"},
    ("payments", "sweep_holds"): {"payments"},
    ("payments", "on_hold_found"): {"payments"},
    ("operations", "dispatch_trip"): {"dispatch"},
}
"""Functions that publish other events than those of `_PUBLISHED`, or not all of these."""
_PUBLISHED = {"dispatch": {"trips"}, "operations": {"trips"}, "payments": {"payments", "trips"}}
"""By context of a function that publishes: the contexts of its events, if these are not its own alone."""


def _statements(handler: Handler, prod: Synthesis) -> list[Json]:
    """What the function's role may do and is denied."""
    function = prod.functions[handler.key]
    role = function.properties["Role"]["Fn::GetAtt"][0]
    return [resolved(each, function.stack, prod) for each in prod.statements(function.stack, role)]


def _may(statements: list[Json], action: str, resource: str, **keys: str | tuple[str, ...]) -> bool:
    """Whether the statements allow the action, with these condition keys (`_` for the colon)."""
    context = {key.replace("_", ":"): value for key, value in keys.items()}
    principal = ("AWS", f"arn:aws:iam::{ACCOUNT}:role/of-the-function")
    return allows([{"Statement": statements}], Request(principal, action, resource, context))


@EACH_HANDLER
def test_a_function_publishes_events_of_its_contexts_alone(handler: Handler, prod: Synthesis) -> None:
    (bus,) = (named(each.stack, each.logical_id) for each in prod.of_type("AWS::Events::EventBus"))
    every_context, statements = {each.context for each in handlers()}, _statements(handler, prod)

    def publishes(*contexts: str) -> bool:
        sources = tuple(f"rideflow.{each}" for each in contexts)
        return _may(statements, "events:PutEvents", bus, events_source=sources)

    wanted = PUBLISHERS.get(handler.key, _PUBLISHED.get(handler.context, {handler.context}))
    if handler.key == ("kernel", "sweep_outbox"):
        wanted = every_context
    elif "event_bus" not in handler.needs:
        wanted = set()
    assert {context for context in every_context if publishes(context)} == wanted
    assert publishes(*sorted(wanted)) == bool(wanted)
    assert publishes(*sorted(every_context)) == (wanted == every_context)
    assert not publishes()


@EACH_HANDLER
def test_only_lambda_handles_network_interfaces_and_no_function_s_code(handler: Handler, prod: Synthesis) -> None:
    name, statements = prod.functions[handler.key].properties["FunctionName"], _statements(handler, prod)
    code = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{name}"

    for action in sorted(_NETWORK):
        assert _may(statements, action, "*") == bool(handler.needs & _IN_VPC)
        assert not _may(statements, action, "*", lambda_sourcefunctionarn=code)


def _by_trigger(handler: Handler) -> set[tuple[str, str]]:
    """What Lambda does in the function's name: it reads its queue, or tells of a scheduled run that failed."""
    own = f"Queue:rideflow-prod-{handler.context}-{handler.operation}"
    if handler.told("Runs"):
        return {("sqs:SendMessage", f"{own}-dead")}
    if handler.told("Consumes"):
        return {(action, own) for action in _QUEUE_WORKER}
    if queue := handler.told("Works"):
        return {(action, f"Queue:rideflow-prod-{_QUEUES[queue]}") for action in _QUEUE_WORKER}
    return set()


def _readable(resource: object, function: Resource, synthesis: Synthesis) -> str:
    """The resource by its physical name, or by its kind if the stage has one of it."""
    text = str(resolved(resource, function.stack, synthesis))
    for each in synthesis.resources:
        reference = named(each.stack, each.logical_id)
        if reference in text:
            return _by_name(each, text.removeprefix("arn:aws:execute-api:").partition(reference)[2], function)
    return text.removeprefix(f"arn:aws:states:{REGION}:{ACCOUNT}:").replace(
        f"arn:aws:sqs:{REGION}:{ACCOUNT}:", "Queue:"
    )


def _by_name(resource: Resource, rest: str, function: Resource) -> str:
    kind, told = resource.type.rpartition("::")[2], resource.properties
    match kind:
        case "Queue":
            return f"Queue:{told['QueueName']}"
        case "GlobalTable":
            return f"Table:{_TABLES[told['TableName']]}"
        case "EventBus" | "Secret":
            return f"{kind}:{told['Name']}"
        case "LogGroup":
            return "its own log" if resource.stack == function.stack and _logs_to(function, resource) else "another log"
        case "Api":
            return f"websocket{rest}"
        case "DBProxy":
            return f"database{rest.partition(']')[2]}"
    return f"{kind}{rest}"


def _logs_to(function: Resource, group: Resource) -> bool:
    return bool(function.properties["LoggingConfig"]["LogGroup"] == {"Ref": group.logical_id})


_TABLES = {
    "rideflow-prod-guards": "Guards",
    "rideflow-prod-payment-customers": "PaymentCustomers",
    "rideflow-prod-person-keys": "PersonKeys",
    "rideflow-prod-connections": "Connections",
    "rideflow-prod-role-changes": "RoleChanges",
    "rideflow-prod-ended-sessions": "EndedSessions",
}
