"""No queue takes the functions that requests, positions and sagas need."""

from tests.infra.synthesis import Synthesis

ACCOUNT = 1000
"""The functions that run at once in an account, after the limit of a new one was raised."""
QUEUES_SHARE = 0.25
ORDINARY_S = 0.1
"""Seconds that a call of an app takes, at the 99th percentile of a busy stage."""
POSITION_S = 0.03


def at_once(synthesis: Synthesis) -> dict[str, int]:
    """The most functions that each event source runs at once, by its logical id. One without a limit takes them all."""
    return {
        source.logical_id: source.properties.get("ScalingConfig", {}).get("MaximumConcurrency", ACCOUNT)
        for source in synthesis.of_type("AWS::Lambda::EventSourceMapping")
    }


def test_a_flooded_queue_leaves_the_others_and_the_apps_their_functions(each_stage: Synthesis) -> None:
    sources = at_once(each_stage)
    assert len(sources) == len(
        [queue for queue in each_stage.of_type("AWS::SQS::Queue") if "RedrivePolicy" in queue.properties]
    )
    assert sum(sources.values()) <= QUEUES_SHARE * ACCOUNT
    assert max(sources.values()) <= 20


def test_each_event_source_has_a_number_that_sqs_takes(each_stage: Synthesis) -> None:
    """From 2 to 1,000. Source: AWS Lambda Developer Guide, "Configuring maximum concurrency for Amazon SQS"."""
    assert all(2 <= number <= 1000 for number in at_once(each_stage).values())


def test_an_account_of_1000_has_room_for_all_at_their_limits(prod: Synthesis) -> None:
    """By Little's law: the rate that an API lets through, times the seconds that a call takes."""
    (rest,) = prod.of_type("AWS::ApiGateway::Stage")
    (websocket,) = prod.of_type("AWS::ApiGatewayV2::Stage")
    requests = rest.properties["MethodSettings"][0]["ThrottlingRateLimit"] * ORDINARY_S
    positions = websocket.properties["DefaultRouteSettings"]["ThrottlingRateLimit"] * POSITION_S
    assert requests + positions + sum(at_once(prod).values()) < 0.75 * ACCOUNT  # the rest is for sagas and schedules


def test_a_new_account_can_be_deployed_to(each_stage: Synthesis) -> None:
    """Lambda refuses a reservation that leaves fewer than 100 unreserved, of which a limit of 10 leaves none."""
    reserved = [
        function.logical_id
        for function in each_stage.of_type("AWS::Lambda::Function")
        if "ReservedConcurrentExecutions" in function.properties
    ]
    assert reserved == []
