"""CloudFormation on a running LocalStack: resources are created, changed and deleted, and end with LocalStack."""

import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import websockets.sync.client as websockets
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection

from deployed_cloud import Cloud, deployed_cloud
from running_localstack import client, started_localstack
from stack_template import POSTGRES
from template_parts import policy
from waiting import alive, eventually

pytestmark = pytest.mark.e2e


@pytest.fixture
def changing(tmp_path: Path) -> Iterator[Cloud]:
    """A cloud of one test's own, which may be changed."""
    with deployed_cloud(tmp_path, LOCALSTACK_RUNTIME_WEBSOCKET_DURATION_SECONDS="3") as own:
        yield own


def test_a_secret_learns_the_address_of_its_database(cloud: Cloud) -> None:
    value = cloud.client("secretsmanager").get_secret_value(SecretId=cloud.outputs["Secret"])["SecretString"]
    secret = json.loads(value)
    assert f"{secret['host']}:{secret['port']}" == POSTGRES
    assert (secret["username"], secret["dbname"], secret["engine"]) == ("postgres", "shop", "postgres")


def test_a_table_has_the_time_to_live_of_its_template(cloud: Cloud) -> None:
    described = cloud.client("dynamodb").describe_time_to_live(TableName=cloud.outputs["Table"])
    assert described["TimeToLiveDescription"] == {"TimeToLiveStatus": "ENABLED", "AttributeName": "expires"}


def test_a_custom_resource_runs_its_function_and_hands_on_what_it_answers(cloud: Cloud) -> None:
    assert cloud.outputs["Custom"] == "custom-1"
    assert cloud.invoke("Echo", {})["environment"]["CUSTOM"] == "v1"


def test_a_custom_resource_that_fails_fails_its_stack(cloud: Cloud) -> None:
    cloudformation = cloud.client("cloudformation")
    function = cloud.client("lambda").get_function(FunctionName=cloud.outputs["CustomHandler"])
    token = function["Configuration"]["FunctionArn"]
    body = {"Resources": {"Custom": {"Type": "Custom::Thing", "Properties": {"ServiceToken": token, "V": "fail"}}}}
    cloudformation.create_stack(StackName="failing", TemplateBody=json.dumps(body))

    def status() -> str | None:
        (stack,) = cloudformation.describe_stacks(StackName="failing")["Stacks"]
        found: str = stack["StackStatus"]
        return None if found.endswith("IN_PROGRESS") else found

    assert eventually(status) in ("CREATE_FAILED", "ROLLBACK_COMPLETE")
    events = cloudformation.describe_stack_events(StackName="failing")["StackEvents"]
    assert any("because" in (event.get("ResourceStatusReason") or "") for event in events)


def test_a_stack_changes_in_place_and_leaves_nothing_behind(changing: Cloud) -> None:
    before = changing.outputs
    changing.deploy(version=2)
    after = changing.outputs
    assert {name for name in before if before[name] != after[name]} == set()
    assert changing.invoke("Echo", {})["version"] == 2
    assert changing.invoke("Echo", {})["environment"]["CUSTOM"] == "v2"
    assert httpx.get(changing.rest("/open")).headers["x-version"] == "2"
    assert httpx.get(changing.rest("/new")).status_code == 200
    assert httpx.get(changing.site("/nothing")).headers["version"] == "2"
    serves_the_document_of_version_2(changing)
    assert updated_settings(changing) == {
        "schedule": "version 2",
        "types": ["OrderPlaced", "OrderPaid"],
        "threshold": 2.0,
        "dashboard": 2,
        "retention": 14,
        "alias": "version 2",
    }
    sees_its_connections_end(changing)
    changing.delete()
    assert what_is_left(changing) == set()


def serves_the_document_of_version_2(cloud: Cloud) -> None:
    assert httpx.get(cloud.described("/new")).status_code == 200
    assert httpx.get(cloud.described("/token")).json() == {"version": 2}
    for path in ("/old", "/nowhere"):  # the response to unknown addresses is LocalStack's own again
        assert httpx.get(cloud.described(path)).status_code == 403
    api = cloud.outputs["DescribedApi"]
    assert len(cloud.client("apigateway").get_authorizers(restApiId=api)["items"]) == 1


def stack_events(cloud: Cloud, stack: str) -> dict[str, str]:
    """The last reason of each resource's events that has one."""
    events = cloud.client("cloudformation").describe_stack_events(StackName=stack)["StackEvents"]
    return {each["LogicalResourceId"]: each.get("ResourceStatusReason") or "" for each in reversed(events)}


def settled(cloud: Cloud, stack: str) -> dict[str, Any]:
    def described() -> dict[str, Any] | None:
        (found,) = cloud.client("cloudformation").describe_stacks(StackName=stack)["Stacks"]
        return None if found["StackStatus"].endswith("IN_PROGRESS") else found

    return eventually(described)


QUEUE = {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "never-made"}}


def with_unknown_types(**resources: str) -> str:
    unknown = {name: {"Type": kind, "Properties": {}} for name, kind in resources.items()}
    return json.dumps({"Resources": {"Queue": QUEUE, **unknown}})


def test_a_stack_with_types_that_nothing_answers_is_refused_by_their_names(cloud: Cloud) -> None:
    body = with_unknown_types(Ghost="AWS::Ghosts::House", Twin="AWS::Ghosts::House", Spectre="AWS::Spectres::Attic")
    cloud.client("cloudformation").create_stack(StackName="haunted", TemplateBody=body)

    refused = settled(cloud, "haunted")
    assert refused["StackStatus"] == "CREATE_FAILED"
    assert refused["StackStatusReason"] == (
        "Neither LocalStack nor localstack-runtime knows "
        "AWS::Ghosts::House (Ghost, Twin), AWS::Spectres::Attic (Spectre)"
    )
    queues = cloud.client("sqs").list_queues(QueueNamePrefix="never-made")
    assert queues.get("QueueUrls", []) == []


def test_a_change_set_with_such_a_type_fails_as_well(cloud: Cloud) -> None:
    cloudformation = cloud.client("cloudformation")
    names = {"StackName": "haunted-change", "ChangeSetName": "first"}
    body = with_unknown_types(Ghost="AWS::Ghosts::House")
    cloudformation.create_change_set(**names, ChangeSetType="CREATE", TemplateBody=body)

    described = cloudformation.describe_change_set(**names)
    assert described["Status"] == "FAILED"
    assert "AWS::Ghosts::House (Ghost)" in described["StatusReason"]


def test_an_update_that_adds_such_a_type_is_refused_and_changes_nothing(cloud: Cloud) -> None:
    cloudformation = cloud.client("cloudformation")
    before = {"Topic": {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": "haunted-later"}}}
    cloudformation.create_stack(StackName="haunted-later", TemplateBody=json.dumps({"Resources": before}))
    assert settled(cloud, "haunted-later")["StackStatus"] == "CREATE_COMPLETE"

    with pytest.raises(cloudformation.exceptions.ClientError, match=r"AWS::Ghosts::House \(Ghost\)"):
        cloudformation.update_stack(
            StackName="haunted-later", TemplateBody=with_unknown_types(Ghost="AWS::Ghosts::House")
        )
    assert settled(cloud, "haunted-later")["StackStatus"] == "CREATE_COMPLETE"
    cloudformation.delete_stack(StackName="haunted-later")


def test_what_is_recorded_without_effect_says_so_in_the_events_of_its_stack(cloud: Cloud) -> None:
    acl = {"Type": "AWS::WAFv2::WebACL", "Properties": {"Name": "idle", "Scope": "REGIONAL"}}
    name = {"Type": "AWS::ApiGatewayV2::DomainName", "Properties": {"DomainName": "ws.rides.example.com"}}
    topic = {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": "busy"}}
    body = {"Resources": {"Acl": acl, "Name": name, "Topic": topic}}
    cloud.client("cloudformation").create_stack(StackName="idle", TemplateBody=json.dumps(body))

    assert settled(cloud, "idle")["StackStatus"] == "CREATE_COMPLETE"
    told = stack_events(cloud, "idle")
    assert told["Acl"] == "Without effect here: no firewall stands before an API"
    assert told["Name"].startswith("Without effect here: no name of DNS leads to this machine")
    assert told["Topic"] == ""
    cloud.client("cloudformation").delete_stack(StackName="idle")


def sees_its_connections_end(cloud: Cloud) -> None:
    """A connection ends when its time is up, however busy it is."""
    with websockets.connect(cloud.websocket("?token=alice")) as socket:
        with pytest.raises(ConnectionClosed) as ended:
            keep_talking(socket)
        assert ended.value.rcvd is not None
        assert ended.value.rcvd.code == 1001


def keep_talking(socket: ClientConnection) -> None:
    while True:
        socket.send('{"action": "echo"}')
        socket.recv(timeout=10)


def updated_settings(cloud: Cloud) -> dict[str, Any]:
    outputs = cloud.outputs
    rule = cloud.client("events").describe_rule(Name=outputs["Rule"].rpartition("|")[2], EventBusName=outputs["Bus"])
    cloudwatch = cloud.client("cloudwatch")
    (alarm,) = cloudwatch.describe_alarms(AlarmNames=[outputs["Alarm"]])["MetricAlarms"]
    dashboard = cloudwatch.get_dashboard(DashboardName=outputs["Dashboard"])["DashboardBody"]
    (group,) = cloud.client("logs").describe_log_groups(logGroupNamePrefix=outputs["EchoLog"])["logGroups"]
    return {
        "schedule": cloud.client("scheduler").get_schedule(Name=outputs["Often"])["Description"],
        "types": json.loads(rule["EventPattern"])["detail-type"],
        "threshold": alarm["Threshold"],
        "dashboard": json.loads(dashboard)["version"],
        "retention": group["retentionInDays"],
        "alias": cloud.client("lambda").get_alias(FunctionName=outputs["Consumer"], Name="live")["Description"],
    }


def what_is_left(cloud: Cloud) -> set[str]:
    listed = {
        "functions": cloud.client("lambda").list_functions()["Functions"],
        "tables": cloud.client("dynamodb").list_tables()["TableNames"],
        "pools": cloud.client("cognito-idp").list_user_pools(MaxResults=10)["UserPools"],
        "rest": cloud.client("apigateway").get_rest_apis()["items"],
        "sockets": cloud.client("apigatewayv2").get_apis()["Items"],
        "schedules": cloud.client("scheduler").list_schedules()["Schedules"],
        "queues": cloud.client("sqs").list_queues().get("QueueUrls", []),
        "addresses": cloud.client("ec2").describe_addresses()["Addresses"],
    }
    return {name for name, left in listed.items() if left}


def test_functions_die_with_localstack_also_by_kill_9(tmp_path: Path) -> None:
    with started_localstack(tmp_path) as localstack:
        pid = process_of_a_new_function(localstack.url)
        localstack.process.kill()
        assert eventually(lambda: not alive(pid))


def process_of_a_new_function(url: str) -> int:
    code = "import os\ndef handler(event, context):\n    return os.getpid()\n"
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as files:
        files.writestr("index.py", code)
    trust = policy({"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"})
    role = client("iam", url).create_role(RoleName="mortal", AssumeRolePolicyDocument=json.dumps(trust))["Role"]
    functions = client("lambda", url)
    functions.create_function(
        FunctionName="mortal",
        Runtime="python3.13",
        Handler="index.handler",
        Role=role["Arn"],
        Code={"ZipFile": archive.getvalue()},
    )
    assert eventually(lambda: functions.get_function(FunctionName="mortal")["Configuration"]["State"] == "Active")
    pid: int = json.loads(functions.invoke(FunctionName="mortal")["Payload"].read())
    return pid
