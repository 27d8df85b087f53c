"""No log is kept forever: whatever writes one, writes it into a group with the stage's retention."""

from collections.abc import Iterator
from typing import Any

from infra.stages import STAGES
from tests.infra.policies import resolved
from tests.infra.synthesis import Resource, Synthesis

WRITERS = {
    "AWS::Lambda::Function": "functions",
    "AWS::StepFunctions::StateMachine": "sagas",
    "AWS::ApiGateway::Stage": "the REST API",
    "AWS::ApiGatewayV2::Stage": "the WebSocket API",
    "AWS::EC2::FlowLog": "the network",
    "AWS::RDS::DBCluster": "the database",
    "AWS::RDS::DBProxy": "its proxy",
}
LOGS_NOWHERE = {"AWS::WAFv2::LoggingConfiguration"}
"""Types that would write a log, and are not deployed."""


def written_by(each: Resource) -> Iterator[Any]:
    """The names of the groups, or references to them, into which the resource's logs go.

    Names of groups that services make by themselves are those of their documents: "Publishing Aurora PostgreSQL logs to
    CloudWatch", "Set up CloudWatch logging for REST APIs", "Monitoring RDS Proxy".
    """
    properties = each.properties
    match each.type:
        case "AWS::Lambda::Function":
            yield properties["LoggingConfig"]["LogGroup"]
        case "AWS::StepFunctions::StateMachine":
            for destination in properties["LoggingConfiguration"]["Destinations"]:
                yield destination["CloudWatchLogsLogGroup"]["LogGroupArn"]
        case "AWS::ApiGateway::Stage" | "AWS::ApiGatewayV2::Stage":
            yield from written_by_api(properties)
        case "AWS::EC2::FlowLog":
            yield properties["LogGroupName"]
        case "AWS::RDS::DBCluster":
            for log in properties["EnableCloudwatchLogsExports"]:
                yield f"/aws/rds/cluster/{properties['DBClusterIdentifier']}/{log}"
        case "AWS::RDS::DBProxy":
            yield f"/aws/rds/proxy/{properties['DBProxyName']}"


def written_by_api(stage: dict[str, Any]) -> Iterator[Any]:
    """The accesses of an API's stage, and API Gateway's own log of a stage that has not switched it off."""
    for name in ("AccessLogSetting", "AccessLogSettings"):
        if name in stage:
            yield stage[name]["DestinationArn"]
    assert "LoggingLevel" not in stage.get("DefaultRouteSettings", {})
    if any(setting.get("LoggingLevel", "OFF") != "OFF" for setting in stage.get("MethodSettings", [])):
        yield {"Fn::Join": ["", ["API-Gateway-Execution-Logs_", stage["RestApiId"], f"/{stage['StageName']}"]]}


def group_of(written: Any, stack: str, synthesis: Synthesis) -> Resource | None:
    """The declared group that is written to: by a reference to it, or by its name."""
    named = resolved(written, stack, synthesis)
    for group in synthesis.of_type("AWS::Logs::LogGroup"):
        own = {"Ref": group.logical_id}, {"Fn::GetAtt": [group.logical_id, "Arn"]}
        if group.stack == stack and (
            written in own or resolved(group.properties["LogGroupName"], stack, synthesis) == named
        ):
            return group
    return None


def _types_in(synthesis: Synthesis) -> set[str]:
    """The types that write logs in the stage. One whose database may pause has no proxy before it (ADR 143)."""
    return WRITERS.keys() - (set() if STAGES[synthesis.stage].database_proxy else {"AWS::RDS::DBProxy"})


def test_each_log_is_kept_as_long_as_the_stage_says(each_stage: Synthesis) -> None:
    days = STAGES[each_stage.stage].log_retention_days
    writers = [each for each in each_stage.resources if each.type in WRITERS]
    assert {each.type for each in writers} == _types_in(each_stage)
    for each in writers:
        for written in written_by(each):
            group = group_of(written, each.stack, each_stage)
            assert group is not None, f"{each.logical_id} writes {written}, which nobody made"
            assert group.properties["RetentionInDays"] == days, group.logical_id


def test_no_other_group_is_without_retention(each_stage: Synthesis) -> None:
    days = STAGES[each_stage.stage].log_retention_days
    groups = each_stage.of_type("AWS::Logs::LogGroup")
    assert {group.properties.get("RetentionInDays") for group in groups} == {days}
    assert {group.body["DeletionPolicy"] for group in groups} == {"Delete"}


def test_groups_that_services_would_make_are_made_before_them(each_stage: Synthesis) -> None:
    """A service that is first makes the group itself, without retention, and the stack could not make it."""
    for kind in {"AWS::RDS::DBCluster", "AWS::RDS::DBProxy", "AWS::ApiGateway::Stage"} & _types_in(each_stage):
        (each,) = each_stage.of_type(kind)
        group = group_of(list(written_by(each))[-1], each.stack, each_stage)
        assert group is not None
        assert group.logical_id in each.body["DependsOn"]


def test_what_else_could_write_a_log_is_not_deployed(each_stage: Synthesis) -> None:
    assert not [each for each in each_stage.resources if each.type in LOGS_NOWHERE]
    for group in each_stage.of_type("AWS::ElastiCache::ReplicationGroup"):
        assert "LogDeliveryConfigurations" not in group.properties
