"""Sends an occurrence to its target: a service that Scheduler knows by its ARN, or any SDK call."""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from botocore import xform_name
from localstack.aws.connect import connect_to

Target = Mapping[str, Any]
UNIVERSAL = ":aws-sdk:"


# Well within the hour for which a role is assumed.
REUSE_S = 1800.0


@dataclass(frozen=True)
class Schedule:
    """The schedule in whose name a target is called."""

    arn: str
    role_arn: str

    @property
    def region(self) -> str:
        """The region of the schedule."""
        return self.arn.split(":")[3]

    @property
    def group_arn(self) -> str:
        """The group of the schedule, which trust policies name as the source."""
        place, _, name = self.arn.partition(":schedule/")
        return f"{place}:schedule-group/{name.partition('/')[0]}"


class AssumedRoles:
    """Assumes the role of a schedule's target, and reuses it for a while."""

    def __init__(self) -> None:
        self._clients: dict[tuple[str, str], tuple[float, Any]] = {}

    def clients(self, schedule: Schedule) -> Any:
        """Clients that have the role's rights. Raises `ClientError` if it does not trust Scheduler."""
        key = (schedule.role_arn, schedule.group_arn)
        made_at, clients = self._clients.get(key, (0.0, None))
        if clients is None or time.monotonic() - made_at > REUSE_S:
            clients = self._assumed(schedule)
            self._clients[key] = (time.monotonic(), clients)
        return clients

    @staticmethod
    def _assumed(schedule: Schedule) -> Any:
        sts = connect_to(region_name=schedule.region).sts.request_metadata(
            service_principal="scheduler", source_arn=schedule.group_arn
        )
        credentials = sts.assume_role(RoleArn=schedule.role_arn, RoleSessionName="scheduler")["Credentials"]
        return connect_to(
            region_name=schedule.region,
            aws_access_key_id=credentials["AccessKeyId"],
            aws_secret_access_key=credentials["SecretAccessKey"],
            aws_session_token=credentials["SessionToken"],
        )


ROLES = AssumedRoles()


def send(schedule: Schedule, target: Target, payload: str) -> None:
    """Deliver one occurrence. Raises the errors of the target's service."""
    arn = str(target["Arn"])
    clients = ROLES.clients(schedule)
    if UNIVERSAL in arn:
        _call(clients, arn.split(UNIVERSAL)[1], payload)
        return
    service = arn.split(":")[2]
    if service not in SENDERS:
        raise ValueError(f"no target of this kind: {arn}")
    SENDERS[service](clients, arn, target, payload)


def dead_letter(schedule: Schedule, queue_arn: str, body: str, attributes: Mapping[str, str]) -> None:
    """Put an occurrence that could not be delivered into a queue, with the rights of the target's role."""
    clients = ROLES.clients(schedule)
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
