"""`POST /v1/trips/{trip_id}/offer/decline`: the driver does not want an offered trip.

Needs: database, redis, event_bus, realtime, dispatch.
"""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from aws_lambda_powertools.event_handler.depends import Depends

from rideflow.dispatch.views import OfferView
from rideflow.dispatch.wiring import offer_responses
from rideflow.kernel.access import Caller, permitted
from rideflow.kernel.rest import rest_api

app = rest_api()


@app.post("/v1/trips/<trip_id>/offer/decline", status_code=202)
def decline_offer(trip_id: UUID, driver: Annotated[Caller, Depends(permitted("offer:answer"))]) -> OfferView:
    """Leave the trip to others. It is not offered to this driver again."""
    offer_responses().decline(driver.id, trip_id)
    return OfferView(trip_id=trip_id, state="declined")
