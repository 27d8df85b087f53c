"""Arguments that dispatch's handlers pass on for their example events."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from rideflow.dispatch.messages import Tick
from tests.functions.people import DRIVER
from tests.functions.spying import Case, call, leads_to

TRIP = UUID("01998f2e-7b3a-7c1d-9e2f-3a4b5c6d7e04")
COMPLETED_BY = UUID("01998f2e-7b3a-7c1d-9e2f-3a4b5c6d7e05")
WAITS_UNTIL = datetime(2026, 10, 1, 19, 30, tzinfo=UTC)
SAGA = "arn:aws:states:us-east-1:123456789012:execution:match_trip:second"

HANDED_ON: dict[str, list[Case]] = {
    "accept_offer": [leads_to(call("offer_responses.accept", DRIVER, TRIP))],
    "accept_offer_live": [leads_to(call("offer_responses.accept", DRIVER, TRIP))],
    "decline_offer": [leads_to(call("offer_responses.decline", DRIVER, TRIP))],
    "decline_offer_live": [leads_to(call("offer_responses.decline", DRIVER, TRIP))],
    "expire_offers": [leads_to(call("requests.expire", "sf-north"), zone="sf-north")],
    "give_up": [leads_to(call("requests.give_up", TRIP, SAGA), execution=SAGA)],
    "on_driver_assigned": [leads_to(call("requests.driver_assigned", TRIP, DRIVER))],
    "on_driver_cancelled": [
        leads_to(call("saga.start_again", TRIP, 4, None)),
        leads_to(call("saga.start_again", TRIP, 4, WAITS_UNTIL), waits_until=WAITS_UNTIL.isoformat()),
    ],
    "on_driver_went_offline": [leads_to(call("requests.driver_left", DRIVER))],
    "on_trip_completed": [
        leads_to(call("offer_responses.keep_promise", COMPLETED_BY, datetime(2026, 10, 1, 18, 0, 5, tzinfo=UTC)))
    ],
    "on_trip_ended": [
        leads_to(call("requests.trip_ended", TRIP, "cancelled"), type="TripCancelled"),
        leads_to(call("requests.trip_ended", TRIP, "no_driver_found"), type="NoDriverFound"),
    ],
    "on_trip_requested": [
        leads_to(call("saga.start", TRIP, None)),
        leads_to(call("saga.start", TRIP, WAITS_UNTIL), waits_until=WAITS_UNTIL.isoformat()),
    ],
    "open_request": [
        leads_to(
            call("requests.open", TRIP, SAGA, "AQCEAAAAKgAAAAMAAAAAAAAAAb2s", timedelta(seconds=217)),
            execution=SAGA,
            patience_s=217,
        )
    ],
    "sweep_requests": [leads_to(call("requests.sweep"))],
    "tick": [
        leads_to(call("ticks.run", Tick(zone="sf-bay", schedule_id="now:1", attempt=2)), schedule_id="now:1", attempt=2)
    ],
}
