"""`rideflow demo` against a stack that has stopped."""

import asyncio
import io
import json
import re
import socket
from pathlib import Path
from unittest.mock import Mock

import pytest
from botocore.exceptions import EndpointConnectionError
from rich.console import Console

from simulation.demo import plan_of, play
from simulation.evening import Evening, Play
from simulation.picture import Picture
from simulation.stack import Stack
from simulation.view import line


class Mailbox:
    async def code_for(self, email: str) -> str:
        raise AssertionError(f"nobody registered, so {email} has no mail")


@pytest.fixture
def gone() -> Stack:
    """A stack at an address without a listener."""
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{closed.getsockname()[1]}"
    return Stack(
        rest_url=f"http://{address}/",
        websocket_url=f"ws://{address}/",
        stripe_url=f"http://{address}",
        stripe_api_key="sk_test_key",
        database_url=f"postgresql://{address}/rideflow",
        identity_endpoint_url=f"http://{address}",
        user_pool_id="pool",
    )


@pytest.mark.parametrize(
    ("cognito", "why"),
    [
        (Mock(), "ConnectError"),
        (
            Mock(admin_create_user=Mock(side_effect=EndpointConnectionError(endpoint_url="http://gone"))),
            "EndpointConnectionError",
        ),
    ],
    ids=["the API", "Cognito"],
)
def test_a_stack_that_is_gone_is_named_in_the_summary_and_fails_the_demo(
    gone: Stack, cognito: Mock, why: str, tmp_path: Path
) -> None:
    printed = io.StringIO()
    plan = plan_of(trips=None, rides=2, drivers=1, speed=None, seed=1)
    json_out = tmp_path / "summary.json"
    status = play(plan, gone, Mailbox(), cognito, console=Console(file=printed, width=200), json_out=json_out)
    (trouble,) = json.loads(json_out.read_text())["errors"]
    assert status == 1
    assert trouble.startswith(f'the stack failed at the stage "people sign up": {why}')
    assert trouble in printed.getvalue()
    assert "The books were not audited." in printed.getvalue()


def test_a_log_is_told_how_far_the_evening_is() -> None:
    evening = Evening(plan_of(trips=None, rides=3, drivers=2, speed=None, seed=1))
    evening.stage = "people sign up"
    evening.ready["riders"] = 1
    assert line(evening) == "people sign up: 1 of 3 riders, 0 of 2 drivers"
    evening.stage = "rides"
    evening.rides = [Mock(state=state) for state in ("paid", "matching", "paid")]
    assert line(evening) == "rides: 1 matching, 2 paid"


def test_without_a_terminal_a_demo_tells_how_far_it_is(
    gone: Stack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Printed(io.StringIO):
        def write(self, text: str) -> int:
            told.set()
            return super().write(text)

    async def slow(_: Play) -> None:
        await told.wait()

    told, printed = asyncio.Event(), Printed()
    monkeypatch.setattr("simulation.demo._TELL_EVERY_S", 0.01)
    monkeypatch.setattr(Play, "run", slow)
    plan = plan_of(trips=None, rides=1, drivers=1, speed=None, seed=1)
    play(plan, gone, Mailbox(), Mock(), console=Console(file=printed, width=200), json_out=None)
    assert printed.getvalue().startswith("… opening\n")


def test_a_picture_has_the_fullest_moment_and_the_summary(tmp_path: Path) -> None:
    evening = Evening(plan_of(trips=None, rides=3, drivers=2, speed=None, seed=1))
    picture = Picture(evening)
    evening.stage = "rides"
    for states in (["waiting"] * 3, ["waiting", "matching", "in_progress"], ["paid"] * 3):
        evening.rides = [Mock(state=state, trip_id="1", fare_minor=700) for state in states]
        picture.take()
    evening.paid = Mock(return_value=None)  # type: ignore[method-assign]

    picture.write(tmp_path / "evening.svg")

    drawn = " ".join(re.sub(r"<[^>]+>|&#160;", " ", (tmp_path / "evening.svg").read_text(encoding="utf-8")).split())
    assert "RideFlow demo: rides" in drawn
    assert "to come 1" in drawn
    assert "in_progress 1" in drawn
    assert "requested 3 paid 3" in drawn
    assert re.findall(r"https?://[^\s\"']+", (tmp_path / "evening.svg").read_text()) == ["http://www.w3.org/2000/svg"]
