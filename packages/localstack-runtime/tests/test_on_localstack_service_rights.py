"""Rights on a running LocalStack: services act for others only with the rights that they have for it."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import Any
from uuid import uuid4
from zipfile import ZipFile

import httpx
import pytest
import websockets.sync.client as websockets
from botocore.exceptions import ClientError
from websockets.exceptions import InvalidStatus

from deployed_cloud import Cloud
from rights import Worker, arn, bodies, client_of, refused, url_of
from template_parts import allow, policy
from waiting import eventually

pytestmark = pytest.mark.e2e


def test_only_who_may_manage_connections_reaches_a_client(cloud: Cloud, worker: Worker) -> None:
    management = worker.client("apigatewaymanagementapi", cloud.management)
    resource = arn("execute-api", f"{cloud.outputs['SocketApi']}/local/POST/@connections/absent")
    with refused("execute-api:ManageConnections", resource):
        management.post_to_connection(ConnectionId="absent", Data=b"x")
    worker.may(allow("execute-api:ManageConnections", resource.replace("absent", "*")))
    with pytest.raises(management.exceptions.GoneException):
        management.post_to_connection(ConnectionId="absent", Data=b"x")


def test_a_state_machine_invokes_only_what_its_role_may(cloud: Cloud, worker: Worker) -> None:
    states = cloud.client("stepfunctions")
    echo = arn("lambda", f"function:{cloud.outputs['Echo']}")
    task = {
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke",
        "Parameters": {"FunctionName": echo},
        "End": True,
    }
    definition = json.dumps({"StartAt": "Ask", "States": {"Ask": task}})
    machine = states.create_state_machine(name=worker.name, definition=definition, roleArn=worker.arn)[
        "stateMachineArn"
    ]

    def run() -> dict[str, Any]:
        execution = states.start_execution(stateMachineArn=machine)["executionArn"]
        eventually(lambda: states.describe_execution(executionArn=execution)["status"] != "RUNNING")
        return dict(states.describe_execution(executionArn=execution))

    denied = run()
    assert denied["status"] == "FAILED"
    assert f"not authorized to perform: lambda:InvokeFunction on resource: {echo}" in denied["cause"]
    worker.may(allow("lambda:InvokeFunction", echo))
    assert run()["status"] == "SUCCEEDED"


def test_a_task_is_answered_only_by_who_may_answer_for_its_machine(cloud: Cloud, worker: Worker) -> None:
    states, sqs, letters = cloud.client("stepfunctions"), cloud.client("sqs"), cloud.outputs["DeadLetters"]
    machine = cloud.outputs["Workflow"]
    execution = states.start_execution(stateMachineArn=machine, input='{"fares": [1]}')["executionArn"]
    message = eventually(lambda: sqs.receive_message(QueueUrl=letters, WaitTimeSeconds=1).get("Messages"))[0]
    sqs.delete_message(QueueUrl=letters, ReceiptHandle=message["ReceiptHandle"])
    answer = {"taskToken": message["Body"], "output": "{}"}
    with refused("states:SendTaskSuccess", machine):
        worker.client("stepfunctions").send_task_success(**answer)
    worker.may(allow("states:SendTaskSuccess", machine))
    worker.client("stepfunctions").send_task_success(**answer)
    assert eventually(lambda: states.describe_execution(executionArn=execution)["status"] == "SUCCEEDED")


def test_a_rule_sends_to_a_queue_only_if_the_queue_s_policy_names_it(cloud: Cloud, queue: str) -> None:
    events, sqs, url = cloud.client("events"), cloud.client("sqs"), url_of(cloud, queue)
    source = {"EventBusName": cloud.outputs["Bus"]}
    rule = events.put_rule(Name=queue, EventPattern='{"source": ["rights"]}', **source)["RuleArn"]
    events.put_targets(Rule=queue, Targets=[{"Id": "queue", "Arn": arn("sqs", queue)}], **source)

    def publish(text: str) -> None:
        entry = {**source, "Source": "rights", "DetailType": "Said", "Detail": json.dumps({"text": text})}
        events.put_events(Entries=[entry])

    def open_for(source_arn: str) -> None:
        door = allow("sqs:SendMessage", arn("sqs", queue), Principal={"Service": "events.amazonaws.com"})
        door["Condition"] = {"ArnEquals": {"aws:SourceArn": source_arn}}
        sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": json.dumps(policy(door))})

    def received() -> list[str]:
        found = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=1, MaxNumberOfMessages=10).get("Messages", [])
        return [json.loads(message["Body"])["detail"]["text"] for message in found]

    # Rights are asked for when an event is delivered, some time after it was published: so the door is closed last.
    open_for(rule)
    publish("allowed")
    assert eventually(received) == ["allowed"]
    open_for(rule + "-other")
    publish("of another rule")
    assert received() == []
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": ""})
    publish("no policy")
    assert received() == []
    events.remove_targets(Rule=queue, Ids=["queue"], **source)
    events.delete_rule(Name=queue, **source)


def test_a_worker_publishes_events_of_its_own_sources_alone(cloud: Cloud, worker: Worker) -> None:
    bus, mine = arn("events", f"event-bus/{cloud.outputs['Bus']}"), worker.client("events")
    entry = {"EventBusName": cloud.outputs["Bus"], "DetailType": "Said", "Detail": "{}"}
    own = {"ForAllValues:StringEquals": {"events:source": "worker"}, "Null": {"events:source": "false"}}
    worker.may({**allow("events:PutEvents", bus), "Condition": own})

    assert mine.put_events(Entries=[{**entry, "Source": "worker"}])["FailedEntryCount"] == 0
    with refused("events:PutEvents", bus):
        mine.put_events(Entries=[{**entry, "Source": "shop"}])
    with refused("events:PutEvents", bus):
        mine.put_events(Entries=[{**entry, "Source": "worker"}, {**entry, "Source": "shop"}])


def test_a_function_s_code_is_told_from_others_with_its_role(cloud: Cloud, worker: Worker, queue: str) -> None:
    functions, url = cloud.client("lambda"), url_of(cloud, queue)
    with BytesIO() as packed:
        with ZipFile(packed, "w") as archive:
            archive.writestr("i.py", "")
        code = {"ZipFile": packed.getvalue()}
    functions.create_function(FunctionName="quote", Runtime="python3.13", Handler="i.h", Role=worker.arn, Code=code)
    denied = {**allow("sqs:SendMessage", "*"), "Effect": "Deny"}
    denied["Condition"] = {"ArnEquals": {"lambda:SourceFunctionArn": arn("lambda", "function:quote")}}
    worker.may(allow("sqs:SendMessage", arn("sqs", queue)), denied)

    with refused("sqs:SendMessage", arn("sqs", queue)):
        worker.client("sqs").send_message(QueueUrl=url, MessageBody="by its code")
    other = cloud.client("sts").assume_role(RoleArn=worker.arn, RoleSessionName="service")["Credentials"]
    client_of(other, "sqs", cloud.url).send_message(QueueUrl=url, MessageBody="by a service")
    assert bodies(cloud, queue) == ["by a service"]
    functions.delete_function(FunctionName="quote")


@contextmanager
def without_permission(cloud: Cloud, output: str) -> Iterator[None]:
    """API Gateway may not invoke the function meanwhile."""
    functions, name = cloud.client("lambda"), cloud.outputs[output]
    (statement,) = json.loads(functions.get_policy(FunctionName=name)["Policy"])["Statement"]
    functions.remove_permission(FunctionName=name, StatementId=statement["Sid"])
    try:
        yield
    finally:
        functions.add_permission(
            FunctionName=name,
            StatementId=statement["Sid"],
            Action="lambda:InvokeFunction",
            Principal="apigateway.amazonaws.com",
        )


def test_api_gateway_invokes_a_function_only_with_its_permission(cloud: Cloud) -> None:
    with websockets.connect(cloud.websocket("?token=alice")) as socket:
        with without_permission(cloud, "Echo"):
            response = httpx.get(cloud.rest("/open"), timeout=20)
            socket.send('{"action": "echo"}')
            answer = json.loads(socket.recv(timeout=10))
        assert (response.status_code, response.json()) == (500, {"message": "Internal server error"})
        assert answer["message"] == "Internal server error"
        socket.send('{"action": "echo"}')
        assert "version" in json.loads(socket.recv(timeout=10))
    assert httpx.get(cloud.rest("/open"), timeout=20).status_code == 200


def test_api_gateway_asks_an_authorizer_only_with_its_permission(cloud: Cloud) -> None:
    token = {"Authorization": f"t{uuid4().hex}".translate({ord(digit): "x" for digit in "0123456789"})}
    with without_permission(cloud, "Authorizer"):
        assert httpx.get(cloud.rest("/token"), headers=token, timeout=20).status_code == 500
        with pytest.raises(InvalidStatus) as refusal, websockets.connect(cloud.websocket("?token=bob")):
            pass
        assert refusal.value.response.status_code == 500
    assert httpx.get(cloud.rest("/token"), headers=token, timeout=20).status_code == 200


def test_a_schedule_calls_its_target_with_the_rights_of_its_role(cloud: Cloud, worker: Worker, queue: str) -> None:
    letters = f"{queue}-dead"
    sqs = cloud.client("sqs")
    dead = sqs.create_queue(QueueName=letters)["QueueUrl"]
    worker.may(allow(["sqs:SendMessage", "sqs:GetQueueUrl"], arn("sqs", letters)))
    cloud.client("scheduler").create_schedule(
        Name=queue,
        ScheduleExpression="rate(1 minute)",
        FlexibleTimeWindow={"Mode": "OFF"},
        Target={
            "Arn": arn("sqs", queue),
            "RoleArn": worker.arn,
            "RetryPolicy": {"MaximumRetryAttempts": 0},
            "DeadLetterConfig": {"Arn": arn("sqs", letters)},
        },
    )
    named = {"QueueUrl": dead, "WaitTimeSeconds": 5, "MessageAttributeNames": ["All"]}
    (message,) = eventually(lambda: sqs.receive_message(**named).get("Messages"), deadline_s=90)
    assert message["MessageAttributes"]["ERROR_CODE"]["StringValue"] == "AccessDenied"
    cloud.client("scheduler").delete_schedule(Name=queue)
    sqs.delete_queue(QueueUrl=dead)


def test_a_role_is_assumed_only_by_the_services_that_it_trusts(cloud: Cloud) -> None:
    iam, name = cloud.client("iam"), f"distrustful-{uuid4().hex[:8]}"
    trust = {"Effect": "Allow", "Principal": {"Service": "states.amazonaws.com"}, "Action": "sts:AssumeRole"}
    made = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(policy(trust)))["Role"]["Arn"]
    with pytest.raises(ClientError, match="cannot be assumed by Lambda"):
        cloud.client("lambda").create_function(
            FunctionName=name, Runtime="python3.13", Handler="i.h", Role=made, Code={"ZipFile": b"not looked at"}
        )


def test_a_function_that_may_not_write_its_log_has_none(cloud: Cloud) -> None:
    iam, logs = cloud.client("iam"), cloud.client("logs")
    denial = {**allow("logs:PutLogEvents", "*"), "Effect": "Deny"}
    iam.put_role_policy(RoleName=cloud.outputs["Role"], PolicyName="silence", PolicyDocument=json.dumps(policy(denial)))
    cloud.invoke("Echo", {"requestContext": {"routeKey": "unheard"}})
    iam.delete_role_policy(RoleName=cloud.outputs["Role"], PolicyName="silence")
    cloud.invoke("Echo", {"requestContext": {"routeKey": "heard"}})

    def said() -> str:
        events = logs.filter_log_events(logGroupName=cloud.outputs["EchoLog"])["events"]
        return " ".join(event["message"] for event in events)

    assert eventually(lambda: "echo heard" in said())
    assert "echo unheard" not in said()
