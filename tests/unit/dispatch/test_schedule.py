"""When a tick is tried again that a store kept from its work."""

from datetime import timedelta
from typing import Any

from rideflow.dispatch.messages import Tick
from rideflow.dispatch.schedule import TickQueue
from tests.adapters.dispatch.zone import Messages


def test_a_store_that_is_gone_for_long_is_asked_again_every_four_seconds() -> None:
    queue: Any = Messages()
    tick, delays = Tick(zone="sf-bay", schedule_id="now:1"), []
    for _ in range(6):
        TickQueue(Any, queue).again(tick)  # type: ignore[arg-type]
        ((tick, delay),) = queue.take()
        delays.append(delay)

    assert delays == [timedelta(seconds=seconds) for seconds in (1, 2, 4, 4, 4, 4)]
