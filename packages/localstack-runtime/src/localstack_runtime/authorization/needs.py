"""What a call of an API needs: the actions, and the resources on which its caller must be allowed them.

Source: AWS's Service Authorization Reference. An operation that is not listed here is not known, and callers that need
rights are refused it.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

type Parameters = Mapping[str, Any]
type Keys = tuple[tuple[str, str | tuple[str, ...]], ...]
"""Condition keys in lower case, each with its value, or with the values of a key that may have several."""

ANYTHING = "*"


@dataclass(frozen=True, slots=True)
class Place:
    """The account and region of a call."""

    account: str
    region: str

    def arn(self, service: str, resource: str) -> str:
        """The ARN of a resource at this place."""
        return f"arn:aws:{service}:{self.region}:{self.account}:{resource}"


@dataclass(frozen=True, slots=True)
class Need:
    """An action on a resource. `via` is the service that asks in the caller's name, as S3 asks KMS for a key."""

    action: str
    resource: str
    via: str | None = None
    keys: Keys = ()
    """What the parameters tell of the action's own condition keys."""


@dataclass(frozen=True, slots=True)
class Call:
    """A call of an API, with botocore's names of the service, the operation and the parameters."""

    service: str
    operation: str
    parameters: Parameters
    place: Place


class Resources(Protocol):
    """Looks up what parameters alone do not tell."""

    def secret(self, place: Place, secret_id: str) -> str:
        """The ARN of a secret by its name or ARN."""

    def machine_of_task(self, place: Place, token: str) -> str | None:
        """The ARN of the state machine that waits for a task's token; None if none does."""

    def has_object(self, bucket: str, key: str) -> bool:
        """Whether a bucket has the object."""

    def key(self, place: Place, arn: str) -> str | None:
        """The ARN of the customer's KMS key that encrypts what is in a queue, bucket, topic or secret."""

    def function_of(self, place: Place, name: str, role_arn: str) -> str | None:
        """The ARN of a function by its name, if it has the role."""

    def key_named(self, place: Place, key_id: str) -> str:
        """The ARN of a KMS key by its id, alias or ARN."""


type Rule = Callable[[Parameters, Place, Resources], Iterable[Need]]
type Find = Callable[[Parameters, Place, Resources], str]


class UnknownOperationError(Exception):
    """The table does not say what the operation needs."""


def needs(call: Call, resources: Resources) -> list[Need]:
    """What the call needs. Raises `UnknownOperationError`."""
    rule = RULES.get(call.service, {}).get(call.operation)
    if rule is None:
        raise UnknownOperationError(f"{call.service}:{call.operation}")
    return list(rule(call.parameters, call.place, resources))


def _on(action: str, find: Find) -> Rule:
    return lambda parameters, place, resources: [Need(action, find(parameters, place, resources))]


def _named(prefix: str, find: Find, *operations: str) -> dict[str, Rule]:
    """Operations whose action has their own name."""
    return {operation: _on(f"{prefix}:{operation}", find) for operation in operations}


def _everywhere(prefix: str, *operations: str) -> dict[str, Rule]:
    """Operations that know no resource."""
    return _named(prefix, lambda *_: ANYTHING, *operations)


def _queue(parameters: Parameters, place: Place, _: Resources) -> str:
    if url := parameters.get("QueueUrl"):
        account, name = str(url).rstrip("/").split("/")[-2:]
        return f"arn:aws:sqs:{place.region}:{account if account.isdigit() else place.account}:{name}"
    return place.arn("sqs", str(parameters["QueueName"]))


def _with_key(rule: Rule, *actions: str) -> Rule:
    """Also the actions on the customer's key, if the resource has one."""

    def both(parameters: Parameters, place: Place, resources: Resources) -> Iterable[Need]:
        for need in rule(parameters, place, resources):
            yield need
            if key := resources.key(place, need.resource):
                service = need.action.partition(":")[0]
                yield from (Need(f"kms:{action}", key, f"{service}.{place.region}.amazonaws.com") for action in actions)

    return both


def _bus(parameters: Parameters, place: Place, _: Resources) -> Iterable[Need]:
    """`events:source` has the sources of all entries: one that is not allowed refuses the call."""
    entries = parameters.get("Entries") or ()
    sources = tuple(sorted({str(entry["Source"]) for entry in entries if entry.get("Source")}))
    for bus in {entry.get("EventBusName") or "default" for entry in entries}:
        arn = bus if bus.startswith("arn:") else place.arn("events", f"event-bus/{bus}")
        yield Need("events:PutEvents", arn, keys=(("events:source", sources),))


def _parameter(name: str) -> Find:
    return lambda parameters, _place, _resources: str(parameters[name])


def _task(action: str) -> Rule:
    def answer(parameters: Parameters, place: Place, resources: Resources) -> Iterable[Need]:
        """A token that nobody waits for has no machine: the service itself refuses it."""
        if machine := resources.machine_of_task(place, str(parameters["taskToken"])):
            yield Need(f"states:{action}", machine)

    return answer


def _table(parameters: Parameters, place: Place, _: Resources) -> str:
    return _table_arn(str(parameters["TableName"]), place)


def _table_arn(table: str, place: Place) -> str:
    return table if table.startswith("arn:") else place.arn("dynamodb", f"table/{table}")


def _read_many(parameters: Parameters, place: Place, resources: Resources) -> str:
    """A query of an index needs its right on the index."""
    index = parameters.get("IndexName")
    return _table(parameters, place, resources) + (f"/index/{index}" if index else "")


def _batch(action: str) -> Rule:
    def of_each(parameters: Parameters, place: Place, _: Resources) -> Iterable[Need]:
        return (Need(f"dynamodb:{action}", _table_arn(table, place)) for table in parameters["RequestItems"])

    return of_each


_OF_A_TRANSACTION = {
    "ConditionCheck": "ConditionCheckItem",
    "Put": "PutItem",
    "Delete": "DeleteItem",
    "Update": "UpdateItem",
    "Get": "GetItem",
}


def _transaction(parameters: Parameters, place: Place, _: Resources) -> Iterable[Need]:
    for item in parameters["TransactItems"]:
        for kind, told in item.items():
            if told:
                yield Need(f"dynamodb:{_OF_A_TRANSACTION[kind]}", _table_arn(told["TableName"], place))


def _bucket(parameters: Parameters, _place: Place, _resources: Resources) -> str:
    return f"arn:aws:s3:::{parameters['Bucket']}"


def _object(parameters: Parameters, _place: Place, _resources: Resources) -> str:
    return f"arn:aws:s3:::{parameters['Bucket']}/{parameters['Key']}"


def _read_object(parameters: Parameters, place: Place, resources: Resources) -> Iterable[Need]:
    """Without the right to list the bucket, S3 answers that access is denied for an object that does not exist."""
    yield Need("s3:GetObject", _object(parameters, place, resources))
    if not resources.has_object(parameters["Bucket"], parameters["Key"]):
        yield Need("s3:ListBucket", _bucket(parameters, place, resources))


def _delete_objects(parameters: Parameters, _place: Place, _resources: Resources) -> Iterable[Need]:
    for each in parameters["Delete"]["Objects"]:
        yield Need("s3:DeleteObject", f"arn:aws:s3:::{parameters['Bucket']}/{each['Key']}")


def _secret(parameters: Parameters, place: Place, resources: Resources) -> str:
    return resources.secret(place, str(parameters["SecretId"]))


def _function(parameters: Parameters, place: Place, _: Resources) -> str:
    """A function is named by its name or by a whole or partial ARN, each with or without a qualifier."""
    name = str(parameters["FunctionName"]).rpartition("function:")[2]
    name, _colon, qualifier = name.partition(":")
    qualifier = qualifier or str(parameters.get("Qualifier") or "")
    return place.arn("lambda", f"function:{name}" + (f":{qualifier}" if qualifier else ""))


def _topic(parameters: Parameters, _place: Place, _resources: Resources) -> str:
    """A message to a telephone has no topic."""
    return str(parameters.get("TopicArn") or parameters.get("TargetArn") or ANYTHING)


def _pool(parameters: Parameters, place: Place, _: Resources) -> str:
    return place.arn("cognito-idp", f"userpool/{parameters['UserPoolId']}")


def _key(parameters: Parameters, place: Place, resources: Resources) -> str:
    return resources.key_named(place, str(parameters["KeyId"])) if parameters.get("KeyId") else ANYTHING


def _log_stream(parameters: Parameters, place: Place, _: Resources) -> str:
    return place.arn("logs", f"log-group:{parameters['logGroupName']}:log-stream:{parameters['logStreamName']}")


def _log_group(parameters: Parameters, place: Place, _: Resources) -> str:
    return place.arn("logs", f"log-group:{parameters['logGroupName']}")


_SENT = ("GenerateDataKey", "Decrypt")

RULES: dict[str, dict[str, Rule]] = {
    "cognito-idp": _named(
        "cognito-idp", _pool, "AdminAddUserToGroup", "AdminConfirmSignUp", "AdminCreateUser", "AdminDeleteUser",
        "AdminDisableUser", "AdminEnableUser", "AdminGetUser", "AdminInitiateAuth", "AdminListGroupsForUser",
        "AdminRemoveUserFromGroup", "AdminResetUserPassword", "AdminRespondToAuthChallenge", "AdminSetUserPassword",
        "AdminUpdateUserAttributes", "AdminUserGlobalSignOut", "DescribeUserPool", "ListUsers", "ListUsersInGroup",
    ),
    "cloudwatch": _everywhere("cloudwatch", "PutMetricData"),
    "dynamodb": {
        **_named("dynamodb", _table, "GetItem", "PutItem", "UpdateItem", "DeleteItem", "DescribeTable"),
        **_named("dynamodb", _read_many, "Query", "Scan"),
        "BatchGetItem": _batch("BatchGetItem"),
        "BatchWriteItem": _batch("BatchWriteItem"),
        "TransactGetItems": _transaction,
        "TransactWriteItems": _transaction,
    },
    "events": {"PutEvents": _bus},
    "kms": _named("kms", _key, "Decrypt", "DescribeKey", "Encrypt", "GenerateDataKey", "Sign", "Verify"),
    "lambda": {"Invoke": _on("lambda:InvokeFunction", _function)},
    "logs": {
        **_named("logs", _log_stream, "CreateLogStream", "GetLogEvents", "PutLogEvents"),
        **_named("logs", _log_group, "CreateLogGroup"),
    },
    "s3": {
        "GetObject": _with_key(_read_object, "Decrypt"),
        "HeadObject": _with_key(_read_object, "Decrypt"),
        "PutObject": _with_key(_on("s3:PutObject", _object), "GenerateDataKey"),
        # S3 decrypts the parts that it has before it joins them.
        "CreateMultipartUpload": _with_key(_on("s3:PutObject", _object), *_SENT),
        "UploadPart": _with_key(_on("s3:PutObject", _object), *_SENT),
        "CompleteMultipartUpload": _with_key(_on("s3:PutObject", _object), *_SENT),
        "AbortMultipartUpload": _on("s3:AbortMultipartUpload", _object),
        "DeleteObject": _on("s3:DeleteObject", _object),
        "DeleteObjects": _delete_objects,
        "HeadBucket": _on("s3:ListBucket", _bucket),
        "ListObjects": _on("s3:ListBucket", _bucket),
        "ListObjectsV2": _on("s3:ListBucket", _bucket),
    },
    "secretsmanager": {
        "GetSecretValue": _with_key(_on("secretsmanager:GetSecretValue", _secret), "Decrypt"),
        "DescribeSecret": _on("secretsmanager:DescribeSecret", _secret),
    },
    "sns": {
        "Publish": _with_key(_on("sns:Publish", _topic), *_SENT),
        "PublishBatch": _with_key(_on("sns:Publish", _topic), *_SENT),
    },
    "sqs": {
        **_named("sqs", _queue, "ChangeMessageVisibility", "DeleteMessage", "GetQueueAttributes", "GetQueueUrl"),
        "ChangeMessageVisibilityBatch": _on("sqs:ChangeMessageVisibility", _queue),
        "DeleteMessageBatch": _on("sqs:DeleteMessage", _queue),
        "ReceiveMessage": _with_key(_on("sqs:ReceiveMessage", _queue), "Decrypt"),
        "SendMessage": _with_key(_on("sqs:SendMessage", _queue), *_SENT),
        "SendMessageBatch": _with_key(_on("sqs:SendMessage", _queue), *_SENT),
    },
    "stepfunctions": {
        **_named("states", _parameter("stateMachineArn"), "StartExecution", "StartSyncExecution", "ListExecutions"),
        **_named("states", _parameter("executionArn"), "DescribeExecution", "GetExecutionHistory", "StopExecution"),
        **{action: _task(action) for action in ("SendTaskSuccess", "SendTaskFailure", "SendTaskHeartbeat")},
    },
    "sts": {"GetCallerIdentity": lambda *_: ()},
    "xray": _everywhere("xray", "PutTraceSegments", "PutTelemetryRecords"),
}  # fmt: skip
"""By botocore's names of services and operations."""
