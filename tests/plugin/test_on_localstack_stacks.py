"""CloudFormation on a running LocalStack: what a stack makes, changes and takes away.

What changes the stack does so on a cloud of this file's own.
"""

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from local.emulators import start_cognito, start_localstack
from local.paths import StackFolder
from local.processes import free_ports
from tests.plugin.conftest import STACK, Cloud, eventually
from tests.plugin.template import POSTGRES, REDIS

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def changing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    """A cloud of this file's own, which may be changed."""
    folder = StackFolder(tmp_path_factory.mktemp("stacks"))
    cognito_port, port = free_ports(2)
    cognito = start_cognito(folder, cognito_port)
    localstack = start_localstack(folder, port, postgres=POSTGRES, redis=REDIS, cognito_url=cognito.url)
    try:
        deployed = Cloud(localstack.url, folder.function_logs, {})
        deployed.deploy(version=1)
        yield deployed
    finally:
        localstack.stop()
        cognito.stop()


def test_a_secret_learns_the_address_of_its_database(cloud: Cloud) -> None:
    value = cloud.client("secretsmanager").get_secret_value(SecretId=cloud.outputs["Secret"])["SecretString"]
    secret = json.loads(value)
    assert f"{secret['host']}:{secret['port']}" == POSTGRES
    assert (secret["username"], secret["dbname"], secret["engine"]) == ("postgres", "rideflow", "postgres")


def test_a_table_expires_what_it_was_told_to(cloud: Cloud) -> None:
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

    def ended() -> str | None:
        (stack,) = cloudformation.describe_stacks(StackName="failing")["Stacks"]
        status: str = stack["StackStatus"]
        return None if status.endswith("IN_PROGRESS") else status

    assert "FAILED" in eventually(ended) or "ROLLBACK" in eventually(ended)
    events = cloudformation.describe_stack_events(StackName="failing")["StackEvents"]
    assert any("because" in (event.get("ResourceStatusReason") or "") for event in events)


def test_an_update_reaches_everything_that_changed(changing: Cloud) -> None:
    before = changing.outputs
    changing.deploy(version=2)
    after = changing.outputs
    assert {name for name in before if before[name] != after[name]} == set()
    assert changing.invoke("Echo", {})["version"] == 2
    assert changing.invoke("Echo", {})["environment"]["CUSTOM"] == "v2"
    assert httpx.get(changing.rest("/open")).headers["x-version"] == "2"
    assert httpx.get(changing.rest("/new")).status_code == 200
    assert updated_settings(changing) == {
        "schedule": "version 2",
        "types": ["TripRequested", "TripCompleted"],
        "threshold": 2.0,
        "dashboard": 2,
        "retention": 14,
    }


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
    }


def test_a_deleted_stack_leaves_nothing(changing: Cloud) -> None:
    cloudformation = changing.client("cloudformation")
    cloudformation.delete_stack(StackName=STACK)

    def gone() -> bool:
        listed = cloudformation.list_stacks(StackStatusFilter=["DELETE_COMPLETE"])["StackSummaries"]
        return any(stack["StackName"] == STACK for stack in listed)

    eventually(gone, deadline_s=60)
    listed = {
        "functions": changing.client("lambda").list_functions()["Functions"],
        "tables": changing.client("dynamodb").list_tables()["TableNames"],
        "pools": changing.client("cognito-idp").list_user_pools(MaxResults=10)["UserPools"],
        "rest": changing.client("apigateway").get_rest_apis()["items"],
        "sockets": changing.client("apigatewayv2").get_apis()["Items"],
        "schedules": changing.client("scheduler").list_schedules()["Schedules"],
        "queues": changing.client("sqs").list_queues().get("QueueUrls", []),
        "addresses": changing.client("ec2").describe_addresses()["Addresses"],
    }
    assert {name for name, left in listed.items() if left} == set()
