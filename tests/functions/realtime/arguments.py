"""What the handlers of WebSocket connections hand on of their example events. `ping` and `$default` hand on nothing."""

from rideflow.realtime.sync import Sync
from tests.functions.people import RIDER
from tests.functions.spying import Case, call, leads_to

CONNECTION = "R0VrPfYFoAMCJrg="
TRIP = "01998f2e-7b3a-7c1d-9e2f-3a4b5c6d7e04"

HANDED_ON: dict[str, list[Case]] = {
    "connect": [leads_to(call("realtime.connect", RIDER, CONNECTION, frozenset({"rider"})))],
    "default": [leads_to()],
    "disconnect": [leads_to(call("realtime.disconnect", RIDER, CONNECTION))],
    "ping": [leads_to()],
    "sync": [
        leads_to(
            call(
                "missed_frames.since",
                RIDER,
                Sync.model_validate({"action": "sync", "trip_id": TRIP, "after_version": 6}),
            ),
            trip_id=TRIP,
            after_version=6,
        )
    ],
}
