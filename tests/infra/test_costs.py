"""The bills add up, and are calculated from the present templates, workflows and design."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from urllib.parse import urlparse

import pytest

from infra.costs import __main__ as command
from infra.costs import assumptions as a
from infra.costs import bill as bills
from infra.costs import document, prices, redis_load, ride, sagas, watching
from infra.costs.bill import HOURS, SCENARIOS, Bill, Scenario, bill
from infra.costs.prices import every_price
from infra.costs.provisioned import Provisioned, provisioned, runs_per_month
from infra.stages import ON_AWS, PROD, STAGES
from simulation.demand import EveningFigures
from simulation.driver import BUSY_STEP_RIDE_S, STANDING_STEP_S
from tests.infra.synthesis import Synthesis

WORKFLOWS = Path(__file__).resolve().parents[2] / "infra" / "workflows"

type Stages = dict[str, Provisioned]

MOST_OF_A_RIDE_USD = 0.0016
"""Of a further ride at 100,000 a day, without identity and SMS."""
MOST_OF_AN_IDLE_DEV_USD = 60
"""A month."""


@pytest.fixture(scope="module")
def stages(synthesis: Callable[[str], Synthesis]) -> Stages:
    return {stage: provisioned(stage, list(synthesis(stage).templates.values())) for stage in ON_AWS}


@pytest.fixture(scope="module")
def all_bills(stages: Stages) -> dict[str, Bill]:
    return {scenario.name: bill(scenario, stages[scenario.stage]) for scenario in SCENARIOS}


def test_every_bill_is_the_sum_of_its_lines_without_what_is_free(all_bills: dict[str, Bill]) -> None:
    for each in all_bills.values():
        charged = sum(max(0, line.quantity - line.price.free) * line.price.usd / line.price.per for line in each.lines)
        assert each.usd == pytest.approx(charged)
        assert all(line.quantity > 0 for line in each.lines)


def test_what_is_free_is_subtracted_once_and_no_bill_is_negative() -> None:
    assert prices.SQS_REQUEST.usd_of(999_999) == 0
    assert prices.SQS_REQUEST.usd_of(3_000_000) == pytest.approx(2 * 0.4)
    assert prices.KMS_KEY.usd_of(1) == 1


def test_a_further_ride_costs_no_more_than_it_may(all_bills: dict[str, Bill]) -> None:
    busiest = all_bills["prod, 100,000 rides a day"]

    assert busiest.usd_per_further_ride is not None
    assert 0 < busiest.usd_per_further_ride <= MOST_OF_A_RIDE_USD


def test_an_idle_dev_costs_no_more_than_it_may(all_bills: dict[str, Bill]) -> None:
    assert 0 < all_bills["dev, idle"].usd <= MOST_OF_AN_IDLE_DEV_USD


def test_identity_is_charged_for_people_and_is_no_line_of_the_stage(all_bills: dict[str, Bill]) -> None:
    busiest = all_bills["prod, 100,000 rides a day"]
    people = busiest.scenario.rides / 4 + busiest.scenario.rides / 250

    assert prices.ACTIVE_USER not in {line.price for line in busiest.lines}
    assert busiest.identity.usd == pytest.approx((people - 10_000) * 0.015)
    assert busiest.identity_per_ride == pytest.approx(busiest.identity.usd / busiest.scenario.rides)
    assert all_bills["prod, 1,200 rides a day"].identity.usd == 0
    assert all_bills["prod, idle"].identity_per_ride is None


def test_no_price_is_charged_twice_in_one_bill(all_bills: dict[str, Bill]) -> None:
    for each in all_bills.values():
        charged = [line.price for line in each.lines]
        assert len(charged) == len(set(charged))


def test_every_price_of_a_bill_is_in_the_table(all_bills: dict[str, Bill]) -> None:
    assert {line.price for each in all_bills.values() for line in each.lines} <= set(every_price())


def test_a_node_of_valkey_costs_a_fifth_less_than_one_of_redis() -> None:
    for engine, type_ in prices.REDIS_NODE_HOUR:
        redis, valkey = (prices.REDIS_NODE_HOUR[each, type_].usd for each in ("redis", "valkey"))
        assert valkey == pytest.approx(0.8 * redis), engine


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
        assert (found.traced_each_s, found.traced_share) == (1, stage.traced_share)
        assert (found.database_min_acu, found.database_max_acu) == (stage.database_min_acu, stage.database_max_acu)
        assert found.web_acls == int(stage.web_firewall)
        assert (found.endpoint_zones, found.nat_gateways) == (0, 0)


def test_an_alarm_of_an_expression_is_charged_for_each_metric_that_it_reads(prod: Synthesis, stages: Stages) -> None:
    """One of the API's errors reads two, one of each saga's failures three."""
    expressions = [each for each in prod.of_type("AWS::CloudWatch::Alarm") if "Metrics" in each.properties]

    assert len(expressions) == 3
    assert stages["prod"].alarm_metrics == stages["prod"].alarms - 3 + 2 + 3 + 3
    lines = {line.price: line.quantity for line in bill(Scenario("idle", "prod", 0), stages["prod"]).lines}
    assert lines[prices.ALARM] == stages["prod"].alarm_metrics


def test_a_schedule_runs_as_often_as_its_rate_says() -> None:
    rates = {"rate(1 minute)": 43_800, "rate(5 minutes)": 8_760, "rate(1 hour)": 730, "rate(2 days)": 15}

    assert {rate: runs_per_month(rate) for rate in rates} == rates
    with pytest.raises(ValueError, match="no rate"):
        runs_per_month("cron(0 3 * * ? *)")


def test_a_database_that_pauses_costs_the_hours_in_which_sweeps_wake_it_and_its_capacity_with_rides(
    stages: Stages,
) -> None:
    def quantities(rides_per_day: int, **changed: float) -> dict[prices.Price, float]:
        stage = replace(stages["dev"], **changed)  # type: ignore[arg-type]
        return {line.price: line.quantity for line in bill(Scenario("", "dev", rides_per_day), stage).lines}

    idle, busy, awake = quantities(0), quantities(20_000), quantities(0, database_min_acu=0.5)
    assert prices.PROXY_ACU_HOUR not in idle
    assert idle[prices.ACU_HOUR] == a.PAUSING_ACU * a.PAUSING_AWAKE_H
    assert idle[prices.AURORA_IO] == a.IDLE_IO_PER_S * a.PAUSING_AWAKE_H * 3600
    assert busy[prices.ACU_HOUR] > 10 * idle[prices.ACU_HOUR]
    assert (awake[prices.ACU_HOUR], awake[prices.AURORA_IO]) == (0.5 * 730, 730 * 3600)
    assert idle[prices.TABLE_READ] == 2 * idle[prices.SCHEDULED_RUN]
    assert prices.TABLE_READ not in awake
    assert awake[prices.LAMBDA_REQUEST] == pytest.approx(idle[prices.LAMBDA_REQUEST] + 6 * 730 * 60)


def test_traces_begin_with_rest_calls_and_sagas_and_are_sampled_by_the_stage_s_rule(stages: Stages) -> None:
    def traces(rides_per_day: int, **rule: float) -> float:
        stage = replace(stages["prod"], **rule)  # type: ignore[arg-type]
        lines = bill(Scenario("", "prod", rides_per_day), stage).lines
        return next((line.quantity for line in lines if line.price is prices.TRACE), 0)

    begun_by_a_ride = ride.of_a_ride(stages["prod"]).rest_calls + len(sagas.HAPPY)
    month = 100_000 * 730 / 24
    assert traces(0, traced_each_s=1, traced_share=1.0) == 0
    assert traces(100_000, traced_each_s=0, traced_share=1.0) == pytest.approx(month * begun_by_a_ride)
    assert traces(100_000, traced_each_s=0, traced_share=0.01) == pytest.approx(0.01 * month * begun_by_a_ride)
    assert traces(100_000, traced_each_s=1, traced_share=0.0) == pytest.approx(730 * 3600)


def test_more_memory_shortens_the_processor_s_time_alone() -> None:
    waiting = ride.Use((ride.Invocations(("a", "b"), 1000, 100),))
    whole, half = (waiting.gb_s({("a", "b"): mb}) / mb * 1024 for mb in (1769, 1769 // 2))

    assert whole == pytest.approx(100 + a.CPU_MS + 0.01 * (300 + 300))
    assert half == pytest.approx(100 + 2 * a.CPU_MS + 0.01 * (300 + 2 * 300), rel=0.01)


def test_nodes_of_redis_hold_the_peak_of_the_busiest_scenario_and_not_ten_times_that(stages: Stages) -> None:
    found = redis_load.load(100_000, stages["prod"])

    rides_per_s = 3 * 100_000 / 86_400
    assert found.drivers == pytest.approx(rides_per_s * ride.DRIVER_ONLINE_S)
    assert 0.02 < found.memory_share < 0.5
    assert 0.1 < found.core_share < 0.5
    with pytest.raises(redis_load.TooSmallError, match="memory"):
        redis_load.check(1_000_000, stages["prod"])
    with pytest.raises(redis_load.TooSmallError, match="core at the peak"):
        redis_load.check(1_000_000, replace(stages["prod"], redis_node_type="cache.r7g.large"))
    with pytest.raises(redis_load.TooSmallError, match="lasting share"):
        redis_load.check(150_000, replace(stages["prod"], redis_node_type="cache.t4g.micro"))


def test_an_idle_database_costs_its_least_capacity(stages: Stages) -> None:
    acu_hours = bills.acu(0, stages["prod"]) * stages["prod"].database_instances * HOURS

    assert acu_hours == PROD.database_min_acu * (1 + PROD.database_readers) * 730


def test_more_rides_than_the_database_may_serve_are_refused(stages: Stages) -> None:
    with pytest.raises(ValueError, match="64 ACU"):
        bills.acu(10_000_000 * 730 / 24, stages["prod"])


@pytest.mark.parametrize(
    ("saga", "expected"),
    [
        (
            "match_trip",
            "PrepareHold WhatIsToBeHeld PlaceHold RecordHold IsTheTripWaiting OpenRequest",
        ),
        (
            "settle_trip",
            "MeasurePath PrepareSettlement WhatIsOwed CapturePayment RecordSettlement",
        ),
    ],
)
def test_the_happy_way_of_a_saga_is_that_of_its_definition(saga: str, expected: str) -> None:
    states = json.loads((WORKFLOWS / f"{saga}.asl.json").read_text(encoding="utf-8"))["States"]
    way = sagas.way(saga)

    assert way == expected.split()
    assert sagas.transitions(saga) == len(way)
    assert states[way[-1]]["End"]
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
    assert (a.STEP_S, a.STANDING_STEP_S) == (BUSY_STEP_RIDE_S, STANDING_STEP_S)
    waiting_s = a.IDLE_S + a.MATCH_S
    assert pytest.approx(waiting_s * 0.86 / 4 + waiting_s * 0.14 / 15) == ride.WAITING_POSITIONS
    assert pytest.approx((a.PICKUP_S + a.BOARDING_S + a.RIDE_S) / 4) == ride.TRIP_POSITIONS


def test_of_accepted_positions_those_are_answered_that_ask(stages: Stages) -> None:
    use = ride.of_a_ride(stages["prod"])
    positions = ride.TRIP_POSITIONS + ride.WAITING_POSITIONS

    assert use.frames_in == pytest.approx(positions + 1)
    assert use.frames_out - use.pushes == pytest.approx(0.1 * positions + 1)


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


def test_four_figures_and_nothing_else_are_printed_as_json(
    stages: Stages, all_bills: dict[str, Bill], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(command, "templates", lambda _stage: [])
    monkeypatch.setattr(command, "provisioned", lambda name, _templates: stages[name])
    monkeypatch.setattr(sys, "argv", ["infra.costs", "--json"])

    assert command.main() == 0

    busiest = all_bills["prod, 100,000 rides a day"]
    assert json.loads(capsys.readouterr().out) == {
        "variable_per_ride_usd": pytest.approx(busiest.usd_per_further_ride, abs=1e-6),
        "identity_per_ride_usd": pytest.approx(busiest.identity_per_ride, abs=1e-6),
        "dev_idle_usd": pytest.approx(all_bills["dev, idle"].usd, abs=1e-6),
        "prod_idle_usd": pytest.approx(all_bills["prod, idle"].usd, abs=1e-6),
    }


def test_an_hour_of_looking_costs_some_cents_and_is_no_part_of_a_bill(
    stages: Stages, all_bills: dict[str, Bill]
) -> None:
    hours = {name: watching.usd(watching.of_an_hour(stage)) for name, stage in stages.items()}

    assert 0.01 < hours["prod"] < 0.05
    assert hours["dev"] < hours["prod"] + 0.13  # its database stays awake for it
    assert watching.usd(watching.of_a_further_watcher(stages["prod"])) < hours["prod"] / 4
    assert set(document.figures(list(all_bills.values()))) == {
        "variable_per_ride_usd", "identity_per_ride_usd", "dev_idle_usd", "prod_idle_usd",
    }  # fmt: skip


def test_an_hour_of_looking_is_calculated_from_the_producer_s_size(stages: Stages) -> None:
    memory_mb = {**stages["prod"].memory_mb, watching.PRODUCER: 2 * stages["prod"].memory_mb[watching.PRODUCER]}
    larger = replace(stages["prod"], memory_mb=memory_mb)

    more = watching.usd(watching.of_an_hour(larger)) - watching.usd(watching.of_an_hour(stages["prod"]))
    gb_s = 3600 * stages["prod"].memory_mb[watching.PRODUCER] / 1024
    assert more == pytest.approx(gb_s * prices.LAMBDA_GB_S.usd / prices.LAMBDA_GB_S.per)
