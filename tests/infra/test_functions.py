"""Every handler is deployed, with its needs and nothing else."""

from collections.abc import Callable
from fnmatch import fnmatch

import pytest

from infra.stages import STAGES
from rideflow.operations.channel.producer import PRODUCES_FOR
from rideflow.payments.sagas.holds_sweep import LASTS_S
from rideflow.trips.sweeping import GIVE_UP_AFTER, SAGA_ENDS_WITHIN
from tests.infra.handlers import Handler, handlers
from tests.infra.synthesis import Resource, Synthesis

AT_STRIPE = ("sweep_holds", "place_hold", "conclude_hold", "capture_payment", "release_hold", "on_hold_orphaned")
_OF_THE_NETWORK = {"AWS_USE_DUALSTACK_ENDPOINT"}
"""Of functions in the VPC, on AWS: see test_network.py."""
EACH_HANDLER = pytest.mark.parametrize("handler", handlers(), ids=lambda handler: ".".join(handler.key))


def test_every_handler_file_is_deployed_and_every_function_has_its_file(each_stage: Synthesis) -> None:
    assert set(each_stage.functions) == {handler.key for handler in handlers()}


@EACH_HANDLER
def test_a_function_gets_exactly_the_settings_of_its_handlers_needs(handler: Handler, prod: Synthesis) -> None:
    assert set(_environment(prod.functions[handler.key])) - _OF_THE_NETWORK == handler.settings


def test_environments_have_the_same_names_in_every_stage(synthesis: Callable[[str], Synthesis]) -> None:
    names = [
        {key: set(_environment(function)) - _OF_THE_NETWORK for key, function in synthesis(stage).functions.items()}
        for stage in STAGES
    ]

    assert names[0] == names[1] == names[2]


@EACH_HANDLER
def test_only_functions_with_the_database_or_redis_lie_in_the_vpc(handler: Handler, prod: Synthesis) -> None:
    in_vpc = "VpcConfig" in prod.functions[handler.key].properties

    assert in_vpc == bool(handler.needs & {"database", "migrator", "redis"})


@EACH_HANDLER
def test_a_function_has_the_permissions_of_its_needs_and_no_others(handler: Handler, prod: Synthesis) -> None:
    needs_of = {
        "rds-db:connect": {"database", "migrator"},
        "elasticache:Connect": {"redis"},
        "events:PutEvents": {"event_bus"},
        "secretsmanager:GetSecretValue": {"migrator", "stripe"},
        "states:StartExecution": {"match_saga", "settle_saga"},
        "states:SendTaskSuccess": {"states"},
    }
    allowed = prod.allowed(*handler.key)

    for action, needs in needs_of.items():
        assert (action in allowed) == bool(handler.needs & needs), action


def test_a_path_that_was_archived_may_be_read_again_and_a_missing_one_is_told_from_a_forbidden_one(
    prod: Synthesis,
) -> None:
    allowed = prod.allowed("locations", "measure_path")

    assert {"s3:GetObject", "s3:PutObject", "s3:ListBucket"} <= allowed
    assert {"kms:Decrypt", "kms:GenerateDataKey"} <= allowed


def test_functions_run_python_3_13_with_two_layers(each_stage: Synthesis) -> None:
    for function in each_stage.functions.values():
        assert function.properties["Runtime"] == "python3.13"
        assert len(function.properties["Layers"]) == 2


def test_functions_are_traced_only_as_part_of_what_was_sampled_before(each_stage: Synthesis) -> None:
    """An active function begins a trace each second, and for every twentieth call: of each position too."""
    for function in each_stage.functions.values():
        assert function.properties["TracingConfig"] == {"Mode": "PassThrough"}


@pytest.mark.parametrize(("stage", "share"), [("local", None), ("dev", 1.0), ("prod", 0.01)])
def test_rest_calls_and_sagas_are_sampled_by_the_stage_s_own_rule(
    synthesis: Callable[[str], Synthesis], stage: str, share: float | None
) -> None:
    rules = [rule.properties["SamplingRule"] for rule in synthesis(stage).of_type("AWS::XRay::SamplingRule")]

    assert [rule["FixedRate"] for rule in rules] == ([] if share is None else [share])
    for rule in rules:
        assert (rule["ReservoirSize"], rule["RuleName"]) == (1, f"rideflow-{stage}-traces")
        started = [f"rideflow-{stage}-rest/live", f"rideflow-{stage}-match_trip", f"rideflow-{stage}-settle_trip"]
        assert all(fnmatch(name, rule["ServiceName"]) for name in started)
        other = {"dev": "prod", "prod": "dev"}[stage]
        assert not fnmatch(f"rideflow-{other}-rest/live", rule["ServiceName"])
        anything = ("ServiceType", "ResourceARN", "Host", "HTTPMethod", "URLPath")
        assert {rule[name] for name in anything} == {"*"}


def test_lambda_writes_no_line_for_an_invocation_that_went_well(each_stage: Synthesis) -> None:
    """START, END and REPORT are of level INFO. Figures that functions count are lines of the application."""
    for function in each_stage.functions.values():
        logged = function.properties["LoggingConfig"]
        assert (logged["LogFormat"], logged["SystemLogLevel"]) == ("JSON", "WARN")
        assert logged["ApplicationLogLevel"] == "INFO"


def test_memory_is_sized_by_who_waits(prod: Synthesis) -> None:
    memory = {key: function.properties["MemorySize"] for key, function in prod.functions.items()}
    computing = {("dispatch", "tick"), ("locations", "measure_path")}
    behind_apis = {handler.key for handler in handlers() if handler.routes}
    between_request_and_driver = {
        ("identity", "authorize"),
        ("dispatch", "on_trip_requested"),
        ("payments", "prepare_hold"),
        ("payments", "place_hold"),
        ("payments", "record_hold"),
        ("dispatch", "open_request"),
        ("notifications", "on_trip_changed"),
    }

    assert {memory[key] for key in computing} == {1769}
    assert {memory[key] for key in behind_apis | between_request_and_driver} == {512}
    assert memory["payments", "record_settlement"] == memory["kernel", "on_event_published"] == 256
    assert set(memory.values()) == {256, 512, 1769}


def test_no_message_of_an_app_is_logged_by_the_gateway_and_no_route_has_metrics_of_its_own(prod: Synthesis) -> None:
    (websocket,) = prod.of_type("AWS::ApiGatewayV2::Stage")
    (rest,) = prod.of_type("AWS::ApiGateway::Stage")

    assert "AccessLogSettings" not in websocket.properties
    assert "AccessLogSetting" in rest.properties
    settings = [
        websocket.properties["DefaultRouteSettings"],
        *websocket.properties.get("RouteSettings", {}).values(),
        *rest.properties["MethodSettings"],
    ]
    assert not any(each.get("DetailedMetricsEnabled") or each.get("MetricsEnabled") for each in settings)


def test_functions_run_on_arm64_on_aws(prod: Synthesis) -> None:
    assert {function.properties["Architectures"][0] for function in prod.functions.values()} == {"arm64"}


def test_each_function_has_a_role_and_a_log_group_of_its_own_with_retention(each_stage: Synthesis) -> None:
    functions = each_stage.functions.values()
    groups = {(group.stack, group.logical_id): group.properties for group in each_stage.of_type("AWS::Logs::LogGroup")}

    for function in functions:
        group = groups[function.stack, function.properties["LoggingConfig"]["LogGroup"]["Ref"]]
        assert group["LogGroupName"] == f"/aws/lambda/{function.properties['FunctionName']}"
    roles = [(function.stack, function.properties["Role"]["Fn::GetAtt"][0]) for function in functions]
    assert len(set(roles)) == len(roles)
    assert all(group["RetentionInDays"] for group in groups.values())


def test_every_function_that_is_started_asynchronously_has_a_dead_letter_queue(each_stage: Synthesis) -> None:
    for schedule in each_stage.of_type("AWS::Scheduler::Schedule"):
        target = schedule.properties["Target"]
        function = each_stage.behind(schedule.stack, target["Arn"])
        assert target["DeadLetterConfig"]["Arn"] == function.properties["DeadLetterConfig"]["TargetArn"]
    for mapping in each_stage.of_type("AWS::Lambda::EventSourceMapping"):
        queue = _resource(each_stage, mapping.stack, mapping.properties["EventSourceArn"]["Fn::GetAtt"][0])
        assert queue.properties["RedrivePolicy"]["maxReceiveCount"] > 1


def test_a_queue_reports_failed_messages_one_by_one_and_hides_a_message_while_it_is_worked_on(prod: Synthesis) -> None:
    for mapping in prod.of_type("AWS::Lambda::EventSourceMapping"):
        function = prod.behind(mapping.stack, mapping.properties["FunctionName"])
        queue = _resource(prod, mapping.stack, mapping.properties["EventSourceArn"]["Fn::GetAtt"][0])
        assert mapping.properties["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
        assert queue.properties["VisibilityTimeout"] >= 3 * function.properties["Timeout"]


def test_messages_whose_work_may_take_as_long_as_the_function_has_come_one_by_one(prod: Synthesis) -> None:
    """One that is slow would bring the others of its batch again."""
    sizes = {
        function.properties["FunctionName"]: mapping.properties["BatchSize"]
        for mapping in prod.of_type("AWS::Lambda::EventSourceMapping")
        for function in [prod.behind(mapping.stack, mapping.properties["FunctionName"])]
    }
    slow = [("payments", "on_hold_orphaned"), ("realtime", "on_user_logged_out"), ("dispatch", "tick")]

    assert {sizes[prod.functions[key].properties["FunctionName"]] for key in slow} == {1}


def test_a_function_has_the_time_that_its_work_may_take(prod: Synthesis) -> None:
    """Stripe may take long, and its library retries; the gateway waits for 29 s, a step of a saga for a minute."""
    timeouts = {key: function.properties["Timeout"] for key, function in prod.functions.items()}
    behind_rest = {handler.key for handler in handlers() if handler.routes}
    at_stripe = {handler.key for handler in handlers() if "stripe" in handler.needs} - behind_rest

    assert {key: seconds for key, seconds in timeouts.items() if key in behind_rest and seconds > 28} == {}
    assert timeouts["payments", "add_card"] == 28
    assert at_stripe == {("payments", name) for name in AT_STRIPE}
    assert timeouts["payments", "sweep_holds"] == LASTS_S + 50
    assert {timeouts[key] for key in at_stripe - {("payments", "sweep_holds")}} == {50}
    assert timeouts["kernel", "migrate"] == 600
    assert {timeouts["trips", name] for name in ("sweep_silent_trips", "sweep_scheduled_rides")} == {50}
    assert {timeouts["kernel", name] for name in ("sweep_outbox", "forget_idempotency_keys")} == {50}


def test_the_match_saga_has_the_patience_of_the_sweep_that_ends_stalled_trips(each_stage: Synthesis) -> None:
    """A saga with more patience is overtaken by the sweep; with less, a dead one leaves its rider to wait too long."""
    sagas = [_environment(function) for function in each_stage.functions.values()]
    patiences = {each["MATCH_SAGA_PATIENCE_S"] for each in sagas if "MATCH_SAGA_PATIENCE_S" in each}

    assert patiences == {str(round((GIVE_UP_AFTER - SAGA_ENDS_WITHIN).total_seconds()))}


def test_functions_whose_messages_start_them_again_are_not_stopped_as_loops(prod: Synthesis) -> None:
    allowed = {key for key, function in prod.functions.items() if function.properties.get("RecursiveLoop") == "Allow"}

    assert allowed == {("dispatch", "tick"), ("dispatch", "expire_offers"), ("operations", "produce_frames")}


def test_a_producer_of_frames_hands_over_before_its_time_ends_and_before_its_message_counts_as_late(
    prod: Synthesis,
) -> None:
    timeout_s = prod.functions["operations", "produce_frames"].properties["Timeout"]

    assert PRODUCES_FOR.total_seconds() + 15 <= timeout_s <= 300


def _environment(function: Resource) -> dict[str, object]:
    variables: dict[str, object] = function.properties.get("Environment", {}).get("Variables", {})
    return variables


def _resource(synthesis: Synthesis, stack: str, logical_id: str) -> Resource:
    return next(each for each in synthesis.resources if (each.stack, each.logical_id) == (stack, logical_id))
