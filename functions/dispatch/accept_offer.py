"""`POST /v1/trips/{trip_id}/offer/accept`: the driver takes an offered trip.

Needs: database, redis, event_bus, realtime, dispatch.
"""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from aws_lambda_powertools.event_handler.depends import Depends

from rideflow.dispatch.errors import OfferAcceptedError
from rideflow.dispatch.model import Promise
from rideflow.dispatch.views import OfferView
from rideflow.dispatch.wiring import offer_responses
from rideflow.kernel.access import Caller, permitted
from rideflow.kernel.rest import rest_api

app = rest_api()


@app.post("/v1/trips/<trip_id>/offer/accept", status_code=202)
def accept_offer(trip_id: UUID, driver: Annotated[Caller, Depends(permitted("offer:answer"))]) -> OfferView:
    """Take the trip. The first accept wins: it alone is answered 202, every other 409 with the reason in `code`.

    `offer_accepted` tells the winner who asks again, after a lost answer, that the trip is theirs already. A driver who
    is still on a trip has `promised` this one, is answered so as often as they ask, and takes it back by declining.
    """
    accepted = offer_responses().accept(driver.id, trip_id)
    if isinstance(accepted, Promise):
        return OfferView(trip_id=trip_id, state="promised", promised_until=accepted.until)
    if not accepted:
        raise OfferAcceptedError("You accepted this offer before: the trip is yours.")
    return OfferView(trip_id=trip_id, state="accepted")
