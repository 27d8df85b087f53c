"""What calls need: actions and resources, by the calls' parameters."""

from typing import Any

import pytest

from localstack_runtime.authorization.needs import Call, Need, Place, UnknownOperationError, needs

PLACE = Place("000000000000", "us-east-1")
URL = "http://127.0.0.1:4566/queue/us-east-1/000000000000/orders"
QUEUE = PLACE.arn("sqs", "orders")
KEY = PLACE.arn("kms", "key/1")
MACHINE = PLACE.arn("states", "stateMachine:match")
EXECUTION = PLACE.arn("states", "execution:match:1")
FUNCTION = PLACE.arn("lambda", "function:quote")
TABLE = PLACE.arn("dynamodb", "table/guards")
TOPIC = PLACE.arn("sns", "alarms")
OBJECT = {"Bucket": "paths", "Key": "a/b"}


class Shelf:
    """Resources of which some are encrypted with the key, one object is there, and one task waits."""

    def __init__(self, *encrypted: str) -> None:
        self._encrypted = encrypted

    def secret(self, place: Place, secret_id: str) -> str:
        return place.arn("secretsmanager", f"secret:{secret_id}-AbCdEf")

    def machine_of_task(self, place: Place, token: str) -> str | None:
        return MACHINE if token == "waiting" else None

    def has_object(self, bucket: str, key: str) -> bool:
        return key == "a/b"

    def key(self, place: Place, arn: str) -> str | None:
        return KEY if arn in self._encrypted else None

    def function_of(self, place: Place, name: str, role_arn: str) -> str | None:
        return None

    def key_named(self, place: Place, key_id: str) -> str:
        return place.arn("kms", f"key/{key_id}")


def needed(call: str, parameters: dict[str, Any], *encrypted: str) -> list[tuple[str, str]]:
    service, operation = call.split(":")
    return [
        (need.action, need.resource) for need in needs(Call(service, operation, parameters, PLACE), Shelf(*encrypted))
    ]


@pytest.mark.parametrize(
    ("call", "parameters", "expected"),
    [
        ("sqs:SendMessage", {"QueueUrl": URL}, [("sqs:SendMessage", QUEUE)]),
        ("sqs:SendMessageBatch", {"QueueUrl": URL}, [("sqs:SendMessage", QUEUE)]),
        ("sqs:DeleteMessageBatch", {"QueueUrl": URL}, [("sqs:DeleteMessage", QUEUE)]),
        ("sqs:GetQueueUrl", {"QueueName": "orders"}, [("sqs:GetQueueUrl", QUEUE)]),
        (
            "events:PutEvents",
            {"Entries": [{"EventBusName": "rides"}, {"EventBusName": "rides"}]},
            [("events:PutEvents", PLACE.arn("events", "event-bus/rides"))],
        ),
        ("events:PutEvents", {"Entries": [{}]}, [("events:PutEvents", PLACE.arn("events", "event-bus/default"))]),
        ("stepfunctions:StartExecution", {"stateMachineArn": MACHINE}, [("states:StartExecution", MACHINE)]),
        ("stepfunctions:DescribeExecution", {"executionArn": EXECUTION}, [("states:DescribeExecution", EXECUTION)]),
        ("stepfunctions:SendTaskSuccess", {"taskToken": "waiting"}, [("states:SendTaskSuccess", MACHINE)]),
        ("stepfunctions:SendTaskFailure", {"taskToken": "gone"}, []),
        ("lambda:Invoke", {"FunctionName": "quote"}, [("lambda:InvokeFunction", FUNCTION)]),
        ("lambda:Invoke", {"FunctionName": FUNCTION + ":live"}, [("lambda:InvokeFunction", FUNCTION + ":live")]),
        (
            "lambda:Invoke",
            {"FunctionName": "000000000000:function:quote", "Qualifier": "live"},
            [("lambda:InvokeFunction", FUNCTION + ":live")],
        ),
        ("dynamodb:UpdateItem", {"TableName": "guards"}, [("dynamodb:UpdateItem", TABLE)]),
        (
            "dynamodb:Query",
            {"TableName": TABLE, "IndexName": "by_time"},
            [("dynamodb:Query", TABLE + "/index/by_time")],
        ),
        ("dynamodb:BatchGetItem", {"RequestItems": {"guards": {}}}, [("dynamodb:BatchGetItem", TABLE)]),
        (
            "dynamodb:TransactWriteItems",
            {"TransactItems": [{"Put": {"TableName": "guards"}}, {"ConditionCheck": {"TableName": "guards"}}]},
            [("dynamodb:PutItem", TABLE), ("dynamodb:ConditionCheckItem", TABLE)],
        ),
        ("s3:GetObject", OBJECT, [("s3:GetObject", "arn:aws:s3:::paths/a/b")]),
        ("s3:HeadObject", OBJECT, [("s3:GetObject", "arn:aws:s3:::paths/a/b")]),
        ("s3:ListObjectsV2", {"Bucket": "paths"}, [("s3:ListBucket", "arn:aws:s3:::paths")]),
        (
            "secretsmanager:GetSecretValue",
            {"SecretId": "stripe"},
            [("secretsmanager:GetSecretValue", PLACE.arn("secretsmanager", "secret:stripe-AbCdEf"))],
        ),
        (
            "cognito-idp:AdminGetUser",
            {"UserPoolId": "us-east-1_a"},
            [("cognito-idp:AdminGetUser", PLACE.arn("cognito-idp", "userpool/us-east-1_a"))],
        ),
        ("sts:GetCallerIdentity", {}, []),
    ],
)
def test_a_call_needs_its_action_on_its_resource(call: str, parameters: dict[str, Any], expected: list[Any]) -> None:
    assert needed(call, parameters) == expected


def test_a_caller_that_may_not_list_a_bucket_does_not_learn_that_an_object_is_missing() -> None:
    absent = {**OBJECT, "Key": "c"}
    expected = [("s3:GetObject", "arn:aws:s3:::paths/c"), ("s3:ListBucket", "arn:aws:s3:::paths")]
    assert needed("s3:GetObject", absent) == expected


@pytest.mark.parametrize(
    ("call", "parameters", "encrypted", "actions"),
    [
        ("s3:PutObject", OBJECT, "arn:aws:s3:::paths/a/b", ["GenerateDataKey"]),
        ("s3:GetObject", OBJECT, "arn:aws:s3:::paths/a/b", ["Decrypt"]),
        ("sqs:SendMessage", {"QueueUrl": URL}, QUEUE, ["GenerateDataKey", "Decrypt"]),
        ("sqs:ReceiveMessage", {"QueueUrl": URL}, QUEUE, ["Decrypt"]),
        ("sqs:DeleteMessage", {"QueueUrl": URL}, QUEUE, []),
        ("sns:Publish", {"TopicArn": TOPIC}, TOPIC, ["GenerateDataKey", "Decrypt"]),
    ],
)  # fmt: skip
def test_what_is_encrypted_needs_its_key(call: str, parameters: Any, encrypted: str, actions: list[str]) -> None:
    service, operation = call.split(":")
    found = needs(Call(service, operation, parameters, PLACE), Shelf(encrypted))
    via = f"{service}.us-east-1.amazonaws.com"
    assert found[1:] == [Need(f"kms:{action}", KEY, via) for action in actions]


def test_events_are_put_with_the_sources_of_all_entries_each_once() -> None:
    entries = [{"Source": source} for source in ("till", "shop", "till")] + [{"EventBusName": "other"}]
    found = needs(Call("events", "PutEvents", {"Entries": entries}, PLACE), Shelf())
    assert {need.resource.rpartition("/")[2]: dict(need.keys) for need in found} == {
        "default": {"events:source": ("shop", "till")},
        "other": {"events:source": ("shop", "till")},
    }


@pytest.mark.parametrize("call", ["sqs:CreateQueue", "glue:GetJob", "dynamodb:DeleteTable"])
def test_an_operation_that_is_not_listed_is_not_known(call: str) -> None:
    with pytest.raises(UnknownOperationError, match=call):
        needed(call, {})
