"""The bills add up, and are calculated from the present templates, workflows and design."""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from urllib.parse import urlparse

import pytest

from infra.costs import assumptions as a
from infra.costs import bill as bills
from infra.costs import document, ride, sagas
from infra.costs.bill import HOURS, SCENARIOS, Bill, Scenario, bill
from infra.costs.prices import every_price
from infra.costs.provisioned import Provisioned, provisioned
from infra.stages import PROD, STAGES
from simulation.demand import EveningFigures
from simulation.driver import BUSY_STEP_RIDE_S, IDLE_STEP_S
from tests.infra.synthesis import Synthesis

WORKFLOWS = Path(__file__).resolve().parents[2] / "infra" / "workflows"

type Stages = dict[str, Provisioned]


@pytest.fixture(scope="module")
def stages(synthesis: Callable[[str], Synthesis]) -> Stages:
    return {stage: provisioned(stage, list(synthesis(stage).templates.values())) for stage in ("dev", "prod")}


@pytest.fixture(scope="module")
def all_bills(stages: Stages) -> dict[str, Bill]:
    return {scenario.name: bill(scenario, stages[scenario.stage]) for scenario in SCENARIOS}


def test_every_bill_is_the_sum_of_its_lines(all_bills: dict[str, Bill]) -> None:
    for each in all_bills.values():
        assert each.usd == pytest.approx(sum(line.quantity * line.price.usd / line.price.per for line in each.lines))
        assert all(line.usd > 0 for line in each.lines)


def test_no_price_is_charged_twice_in_one_bill(all_bills: dict[str, Bill]) -> None:
    for each in all_bills.values():
        prices = [line.price for line in each.lines]
        assert len(prices) == len(set(prices))


def test_every_price_of_the_table_is_used_by_a_bill(all_bills: dict[str, Bill]) -> None:
    assert set(every_price()) == {line.price for each in all_bills.values() for line in each.lines}


def test_rides_share_the_bill_and_pay_for_themselves(all_bills: dict[str, Bill]) -> None:
    idle, busy = all_bills["prod, idle"], all_bills["prod, 1,200 rides a day"]
    assert busy.usd_per_ride is not None
    assert busy.usd_per_further_ride is not None

    assert busy.scenario.rides == pytest.approx(36_500)
    assert busy.usd_per_ride * 36_500 == pytest.approx(busy.usd)
    assert idle.usd + busy.usd_per_further_ride * 36_500 == pytest.approx(busy.usd)
    assert (idle.usd_per_ride, idle.usd_per_further_ride) == (None, None)


def test_more_rides_make_each_ride_cheaper(all_bills: dict[str, Bill]) -> None:
    few, many = (all_bills[f"prod, {count} rides a day"].usd_per_ride for count in ("1,200", "100,000"))
    assert few is not None
    assert many is not None

    assert few > many


def test_provisioned_resources_are_those_of_the_stage(stages: Stages) -> None:
    for name, found in stages.items():
        stage = STAGES[name]
        assert found.database_instances == 1 + stage.database_readers
        assert found.redis_nodes == stage.redis_shards * (1 + stage.redis_replicas)
        assert found.redis_node_type == stage.redis_node_type
        assert (found.database_min_acu, found.database_max_acu) == (stage.database_min_acu, stage.database_max_acu)
        assert found.web_acls == int(stage.web_firewall)
        assert (found.endpoint_zones, found.nat_gateways) == (4 * 2, 0)


def test_an_idle_database_costs_its_least_capacity(stages: Stages) -> None:
    acu_hours = bills.acu(0, stages["prod"]) * stages["prod"].database_instances * HOURS

    assert acu_hours == PROD.database_min_acu * (1 + PROD.database_readers) * 730


def test_more_rides_than_the_database_may_serve_are_refused(stages: Stages) -> None:
    with pytest.raises(ValueError, match="64 ACU"):
        bill(Scenario("too many", "prod", 10_000_000), stages["prod"])


@pytest.mark.parametrize(
    ("saga", "expected"),
    [
        (
            "match_trip",
            (
                "IsTheMoneyHeld PrepareHold WhatIsToBeHeld PlaceHold RecordHold IsTheTripWaiting"
                " OpenRequest HowDidItEnd Matched"
            ),
        ),
        (
            "settle_trip",
            "WasItDriven MeasurePath PrepareSettlement WhatIsOwed CapturePayment RecordSettlement Settled",
        ),
    ],
)
def test_the_happy_way_of_a_saga_is_that_of_its_definition(saga: str, expected: str) -> None:
    states = json.loads((WORKFLOWS / f"{saga}.asl.json").read_text(encoding="utf-8"))["States"]
    way = sagas.way(saga)

    assert way == expected.split()
    assert sagas.transitions(saga) == len(way)
    assert states[way[-1]]["Type"] == "Succeed"
    for state, following in pairwise(way):
        choices = [choice["Next"] for choice in states[state].get("Choices", [])]
        assert following in [states[state].get("Next"), states[state].get("Default"), *choices]


def test_every_workflow_is_counted(stages: Stages) -> None:
    workflows = {path.name.removesuffix(".asl.json") for path in WORKFLOWS.glob("*.asl.json")}

    assert set(sagas.HAPPY) == workflows
    assert ride.of_a_ride(stages["prod"]).transitions == sum(len(sagas.way(saga)) for saga in workflows)


def test_every_operation_that_a_ride_invokes_is_a_function_of_the_stage(stages: Stages) -> None:
    for stage in stages.values():
        for use in (ride.of_a_ride(stage), ride.of_an_idle_month(stage)):
            assert {each.operation for each in use.invocations} <= set(stage.memory_mb)
            assert use.gb_s(stage.memory_mb) > 0


def test_events_of_a_ride_reach_the_consumers_that_the_rules_name(prod: Synthesis, stages: Stages) -> None:
    rules = [rule.properties["EventPattern"] for rule in prod.of_type("AWS::Events::Rule")]
    deliveries = sum(
        count
        for (source, kind), count in ride.EVENTS.items()
        for rule in rules
        if "detail-type" not in rule or (source in rule["source"] and kind in rule["detail-type"])
    )

    assert ride.of_a_ride(stages["prod"]).queue_messages == pytest.approx(deliveries + a.TICKS + a.OFFERS)


def test_calls_of_a_ride_are_routes_of_the_api(prod: Synthesis) -> None:
    operations = {route.operation.get("operationId") for route in prod.routes}

    assert {operation for _, operation in (*ride.RIDER_CALLS, *ride.DRIVER_CALLS)} <= operations


def test_phones_send_as_often_as_the_simulation_lets_them() -> None:
    assert (a.BUSY_STEP_S, a.IDLE_STEP_S) == (BUSY_STEP_RIDE_S, IDLE_STEP_S)


def test_a_ride_lasts_as_long_as_the_recorded_evening_says() -> None:
    figures = EveningFigures.read()
    ends = pairwise(figures.length_quantiles_m)
    drives_s = [sum(pair) / 2 / mps for pair, mps in zip(ends, figures.speed_between_quantiles_mps, strict=True)]

    assert pytest.approx(sum(drives_s) / len(drives_s), rel=0.02) == a.RIDE_S


def test_every_assumption_has_a_sentence() -> None:
    assert a.every_assumption()
    for assumption in a.every_assumption().values():
        assert assumption.because.endswith(".")
        assert assumption.unit


def test_every_price_names_a_pricing_page_of_aws() -> None:
    for price in every_price():
        assert "pricing" in price.page
        assert not urlparse(price.page).netloc


def test_the_committed_page_is_what_the_code_says(all_bills: dict[str, Bill], stages: Stages) -> None:
    page = (WORKFLOWS.parents[1] / "docs" / "costs.md").read_text(encoding="utf-8")

    assert page == document.markdown(list(all_bills.values()), list(stages.values()))


def test_the_data_holds_the_same_totals(all_bills: dict[str, Bill]) -> None:
    data = document.data(list(all_bills.values()))

    for scenario in data["scenarios"]:
        assert scenario["usd_per_month"] == pytest.approx(all_bills[scenario["name"]].usd)
        assert sum(line["usd"] for line in scenario["lines"]) == pytest.approx(scenario["usd_per_month"], abs=1e-4)
