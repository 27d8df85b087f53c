"""Properties that every saga must have."""

import re
from typing import Any

import pytest

from tests.workflows.engine import WORKFLOWS, definition

NAMES = sorted(path.name.removesuffix(".asl.json") for path in WORKFLOWS.glob("*.asl.json"))
type State = dict[str, Any]


def states(name: str) -> dict[str, State]:
    return dict(definition(name)["States"])


def tasks(name: str) -> dict[str, State]:
    return {title: state for title, state in states(name).items() if state["Type"] == "Task"}


def successors(state: State) -> set[str]:
    branches = [state, *state.get("Choices", []), *state.get("Catch", [])]
    return {branch[key] for branch in branches for key in ("Next", "Default") if key in branch}


@pytest.fixture(params=NAMES)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_every_state_that_is_named_is_there_and_every_state_is_reached(name: str) -> None:
    known, reached, open_ = states(name), set[str](), {definition(name)["StartAt"]}
    while open_:
        title = open_.pop()
        assert title in known, title
        reached.add(title)
        open_ |= successors(known[title]) - reached
    assert reached == set(known)


def test_the_whole_and_every_task_time_out(name: str) -> None:
    assert definition(name)["TimeoutSeconds"] <= 86_400
    for title, task in tasks(name).items():
        assert "TimeoutSeconds" in task or "TimeoutSecondsPath" in task, title


def test_every_task_is_retried_and_a_lasting_error_is_caught(name: str) -> None:
    for title, task in tasks(name).items():
        assert "States.ALL" in task["Retry"][-1]["ErrorEquals"], title
        assert task["Retry"][-1]["MaxAttempts"] > 0, title
        assert task["Retry"][-1]["JitterStrategy"] == "FULL", title
        assert "States.ALL" in task["Catch"][-1]["ErrorEquals"], title


def test_steps_after_a_hold_are_retried_through_a_long_outage(name: str) -> None:
    """After a hold, calls of Stripe are retried for an hour, and writes for five minutes. Jitter halves both."""
    least_s = {"CapturePayment": 3600, "ReleaseHold": 3600, "RecordHold": 300, "RecordSettlement": 300,
               "RecordPaymentFailure": 300, "RecordRelease": 300}  # fmt: skip
    wanted = {title: least_s[title] for title in tasks(name).keys() & least_s.keys()}
    assert wanted
    for title, seconds in wanted.items():
        assert tried_for_s(tasks(name)[title]["Retry"][-1]) >= seconds, title


def tried_for_s(retry: dict[str, Any]) -> float:
    """The sum of the waits between attempts, without jitter."""
    waits = (retry["IntervalSeconds"] * retry["BackoffRate"] ** attempt for attempt in range(retry["MaxAttempts"]))
    return float(sum(min(wait, retry["MaxDelaySeconds"]) for wait in waits))


def test_an_error_never_replaces_the_state_of_a_saga(name: str) -> None:
    """A catch without a result path would drop the trip's id."""
    for title, task in tasks(name).items():
        for catch in task["Catch"]:
            assert catch["ResultPath"].startswith("$."), title


def test_every_lambda_is_a_placeholder_and_the_one_of_the_executions_release(name: str) -> None:
    """From the context, which no step's result replaces: an execution ends as it began, whatever is released."""
    called = re.compile(r"States\.Format\('\$\{\w+FunctionArn\}:\{\}', \$\$\.Execution\.Input\.release\)")
    for title, task in tasks(name).items():
        assert task["Resource"].startswith("arn:aws:states:::lambda:invoke"), title
        assert called.fullmatch(task["Parameters"]["FunctionName.$"]), title
        assert "FunctionName" not in task["Parameters"], title


def test_every_end_is_an_end(name: str) -> None:
    for title, state in states(name).items():
        if not successors(state):
            assert state["Type"] in {"Succeed", "Fail"} or state.get("End"), title
