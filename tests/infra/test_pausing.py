"""In the stage dev the database pauses while nobody is connected; elsewhere it never does."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from infra.stages import STAGES, Stage
from tests.infra.handlers import handlers
from tests.infra.synthesis import Resource, Synthesis, listed

PAUSES = pytest.mark.parametrize(("stage", "pauses"), [("local", False), ("dev", True), ("prod", False)])
COUNTS = {"dynamodb:UpdateItem"}
LOOKS = {"dynamodb:BatchGetItem", "dynamodb:PutItem"}


@pytest.fixture
def dev(synthesis: Callable[[str], Synthesis]) -> Synthesis:
    return synthesis("dev")


def of_the_database(synthesis: Synthesis) -> Iterator[tuple[tuple[str, str], Resource]]:
    """The functions that connect to the database by `kernel/postgres.py`."""
    for handler in handlers():
        if "database" in handler.needs:
            yield handler.key, synthesis.functions[handler.key]


def table_of(variables: dict[str, Any]) -> str:
    return str(variables["DATABASE_USE_TABLE"])


@PAUSES
def test_what_keeps_a_database_awake_stands_only_where_it_may_not_pause(
    synthesis: Callable[[str], Synthesis], stage: str, pauses: bool
) -> None:
    found = synthesis(stage)
    (cluster,) = found.of_type("AWS::RDS::DBCluster")
    scaling = cluster.properties["ServerlessV2ScalingConfiguration"]

    assert (scaling["MinCapacity"] == 0) == pauses
    assert scaling.get("SecondsUntilAutoPause") == (300 if pauses else None)
    assert len(found.of_type("AWS::RDS::DBProxy")) == (0 if pauses else 1)


@PAUSES
def test_sessions_are_counted_where_the_database_may_pause(
    synthesis: Callable[[str], Synthesis], stage: str, pauses: bool
) -> None:
    found = synthesis(stage)
    tables = {table_of(each.properties["Environment"]["Variables"]) for _, each in of_the_database(found)}

    assert len(tables) == 1
    assert all(("DatabaseUse" in table) == pauses for table in tables)
    assert pauses or tables == {""}


def test_every_function_counts_its_sessions_and_only_sweeps_ask_whether_they_may_sleep(dev: Synthesis) -> None:
    scheduled = {handler.key for handler in handlers() if handler.told("Runs")}
    assert len(scheduled) == 12

    for key, function in of_the_database(dev):
        role = function.properties["Role"]["Fn::GetAtt"][0]
        on_the_table = {
            action
            for statement in dev.statements(function.stack, role)
            if "DatabaseUse" in str(statement["Resource"])
            for action in listed(statement["Action"])
        }
        assert on_the_table == COUNTS | (LOOKS if key in scheduled else set()), key


def test_without_a_proxy_functions_sign_in_at_the_cluster_and_reach_it(dev: Synthesis) -> None:
    (cluster,) = dev.of_type("AWS::RDS::DBCluster")
    for _, function in of_the_database(dev):
        variables = function.properties["Environment"]["Variables"]
        assert "ClusterD4EFE71CEndpointAddress" in str(variables["DATABASE_HOST"])
        assert variables["DATABASE_AUTH"] == "iam_at_cluster"
        role = function.properties["Role"]["Fn::GetAtt"][0]
        (connects,) = (
            statement for statement in dev.statements(function.stack, role) if statement["Action"] == "rds-db:connect"
        )
        assert "DBClusterResourceId" in str(connects["Resource"])
        assert str(connects["Resource"]).endswith(f"/{variables['DATABASE_USER']}']]}}")

    assert sum("GetAttDatabase" in str(group) for group in cluster.properties["VpcSecurityGroupIds"]) == 1
    into = [each.properties for each in dev.of_type("AWS::EC2::SecurityGroupIngress")]
    assert [
        (each["FromPort"], each["ToPort"]) for each in into if each["GroupId"]["Fn::GetAtt"][0].startswith("Database")
    ] == [(5432, 5432)]


def test_a_stage_that_keeps_its_data_never_sleeps() -> None:
    def may_pause(stage: Stage) -> bool:
        return stage.database_pauses or stage.database_min_acu < 1

    assert not [stage.name for stage in STAGES.values() if stage.keep_data and may_pause(stage)]


def test_no_alarm_waits_for_a_figure_of_a_proxy_that_is_not_there(dev: Synthesis) -> None:
    assert "DBProxy" not in str([each.properties for each in dev.of_type("AWS::CloudWatch::Alarm")])
    assert "ProxyName" not in str([each.properties for each in dev.of_type("AWS::CloudWatch::Alarm")])
