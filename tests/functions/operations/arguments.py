"""What the handlers of operations hand on of their example events."""

from datetime import UTC, datetime
from uuid import UUID

from rideflow.operations.channel.messages import ProduceFrames
from rideflow.operations.channel.model import Viewport
from rideflow.operations.offers import DispatchTrip
from rideflow.operations.trips import OperatorCancel, OperatorComplete, OperatorReassign
from rideflow.operations.zones import StrategyView
from rideflow.trips.model import Verdict
from tests.functions.people import DRIVER, OPERATOR, OTHER_DRIVER
from tests.functions.spying import Case, call, leads_to

TRIP = UUID("019a9c3e-5f20-7c11-8b6a-3d1f0e9a4b10")
EVENT = UUID("019a9c3e-5f20-7c11-8b6a-3d1f0e9a4b10")
CONNECTION = "M1TN0dPGwIdDJix="
VIEWPORT = Viewport(south=37.70, west=-122.52, north=37.82, east=-122.35)
AT = datetime(2026, 10, 1, 18, 20, tzinfo=UTC)

HANDED_ON: dict[str, list[Case]] = {
    "dispatch_trip": [
        leads_to(
            call(
                "offers.offer",
                OPERATOR,
                UUID("0199a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a05"),
                DispatchTrip(driver_id=DRIVER, reason="The rider has waited for four minutes.", ask_again=True),
                "0f0c2f9e-5a1b-4c7d-9e8f-1a2b3c4d5e6f",
            ),
            ask_again=True,
        )
    ],
    "list_set_aside": [
        leads_to(call("set_aside.all", 50)),
        leads_to(call("set_aside.all", 7), query={"limit": "7"}),
    ],
    "list_stuck_trips": [leads_to(call("stuck_trips.stuck", 7, "older"), query={"limit": "7", "cursor": "older"})],
    "list_waiting": [leads_to(call("zones.waiting", "sf-bay", 7), query={"limit": "7"})],
    "list_zones": [leads_to(call("zones.all"))],
    "operator_cancel": [
        leads_to(
            call(
                "trips.cancel",
                OPERATOR,
                TRIP,
                OperatorCancel(reason="The rider called: the driver drove off.", verdict=Verdict.NOBODY),
            ),
            verdict="nobody",
        )
    ],
    "operator_complete": [
        leads_to(
            call("trips.complete", OPERATOR, TRIP, OperatorComplete(reason="At the airport.", happened_at=AT)),
            reason="At the airport.",
            happened_at=AT.isoformat(),
        )
    ],
    "operator_reassign": [
        leads_to(
            call(
                "trips.reassign",
                OPERATOR,
                TRIP,
                OperatorReassign(reason="The driver has a flat tyre.", driver_id=OTHER_DRIVER),
            )
        )
    ],
    "produce_frames": [
        leads_to(
            call(
                "frame_producers.run",
                ProduceFrames(market="san_francisco", start_id="8a6d2f4e1c3b4a5d9e7f0a1b2c3d4e5f"),
            )
        )
    ],
    "redrive_event": [leads_to(call("set_aside.redrive", OPERATOR, EVENT))],
    "set_strategy": [
        leads_to(
            call(
                "zones.set_strategy",
                OPERATOR,
                "sf-bay",
                StrategyView(strategy="broadcast", offers_per_trip=5, offers_per_driver=2, forward_s=90),
            ),
            offers_per_driver=2,
            forward_s=90,
        )
    ],
    "unwatch_market": [leads_to(call("watchers.unwatch", [CONNECTION]))],
    "watch_market": [
        leads_to(call("market_watch.watch", CONNECTION, "san_francisco", VIEWPORT, fresh=False)),
        leads_to(
            call("market_watch.watch", CONNECTION, "new_york", VIEWPORT, fresh=True),
            market="new_york",
            fresh=True,
        ),
    ],
}
