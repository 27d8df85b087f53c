"""Sends an occurrence to its target: a service that Scheduler knows by its ARN, or any SDK call."""

import json
from collections.abc import Mapping
from typing import Any

from botocore import xform_name
from localstack.aws.connect import connect_to

Target = Mapping[str, Any]
UNIVERSAL = ":aws-sdk:"


def send(target: Target, payload: str, *, account: str, region: str) -> None:
    """Deliver one occurrence. Raises the errors of the target's service."""
    arn = str(target["Arn"])
    clients = connect_to(aws_access_key_id=account, region_name=region)
    if UNIVERSAL in arn:
        _call(clients, arn.split(UNIVERSAL)[1], payload)
        return
    service = arn.split(":")[2]
    if service not in SENDERS:
        raise ValueError(f"no target of this kind: {arn}")
    SENDERS[service](clients, arn, target, payload)


def dead_letter(queue_arn: str, body: str, attributes: Mapping[str, str]) -> None:
    """Put an occurrence that could not be delivered into a queue."""
    _, _, _, region, account, _ = queue_arn.split(":")
    clients = connect_to(aws_access_key_id=account, region_name=region)
    typed = {name: {"DataType": "String", "StringValue": value or "-"} for name, value in attributes.items()}
    clients.sqs.send_message(QueueUrl=_queue_url(clients, queue_arn), MessageBody=body, MessageAttributes=typed)


def _call(clients: Any, operation: str, payload: str) -> None:
    service, _, action = operation.partition(":")
    client = getattr(clients, {"sfn": "stepfunctions", "lambda": "lambda_"}.get(service, service))
    getattr(client, xform_name(action))(**json.loads(payload))


def _lambda(clients: Any, arn: str, _target: Target, payload: str) -> None:
    clients.lambda_.invoke(FunctionName=arn, InvocationType="Event", Payload=payload)


def _sqs(clients: Any, arn: str, target: Target, payload: str) -> None:
    group = (target.get("SqsParameters") or {}).get("MessageGroupId")
    options = {"MessageGroupId": group} if group else {}
    clients.sqs.send_message(QueueUrl=_queue_url(clients, arn), MessageBody=payload, **options)


def _states(clients: Any, arn: str, _target: Target, payload: str) -> None:
    clients.stepfunctions.start_execution(stateMachineArn=arn, input=payload)


def _events(clients: Any, arn: str, target: Target, payload: str) -> None:
    parameters = target.get("EventBridgeParameters") or {}
    entry = {
        "EventBusName": arn,
        "Source": parameters.get("Source"),
        "DetailType": parameters.get("DetailType"),
        "Detail": payload,
    }
    answer = clients.events.put_events(Entries=[entry])
    if answer["FailedEntryCount"]:
        raise RuntimeError(str(answer["Entries"]))


def _sns(clients: Any, arn: str, _target: Target, payload: str) -> None:
    clients.sns.publish(TopicArn=arn, Message=payload)


def _kinesis(clients: Any, arn: str, target: Target, payload: str) -> None:
    key = (target.get("KinesisParameters") or {}).get("PartitionKey", "0")
    clients.kinesis.put_record(StreamARN=arn, Data=payload.encode(), PartitionKey=key)


def _queue_url(clients: Any, arn: str) -> str:
    return str(clients.sqs.get_queue_url(QueueName=arn.rpartition(":")[2])["QueueUrl"])


SENDERS = {
    "lambda": _lambda,
    "sqs": _sqs,
    "states": _states,
    "events": _events,
    "sns": _sns,
    "kinesis": _kinesis,
}
