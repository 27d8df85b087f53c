"""`POST /v1/trips/{trip_id}/offer/accept`: the driver takes an offered trip.

Needs: database, redis, event_bus, realtime, dispatch.
"""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from aws_lambda_powertools.event_handler import Response, content_types
from aws_lambda_powertools.event_handler.depends import Depends
from aws_lambda_powertools.event_handler.openapi.types import OpenAPIResponse

from rideflow.dispatch.views import OfferView
from rideflow.dispatch.wiring import answers
from rideflow.kernel.access import Caller, permitted
from rideflow.kernel.rest import rest_api

app = rest_api()

_ANSWERS: dict[int, OpenAPIResponse] = {
    202: {"description": "The trip is the driver's.", "content": {"application/json": {"model": OfferView}}},
    200: {"description": "It was before.", "content": {"application/json": {"model": OfferView}}},
}


@app.post("/v1/trips/<trip_id>/offer/accept", status_code=202, responses=_ANSWERS)
def accept_offer(trip_id: UUID, driver: Annotated[Caller, Depends(permitted("offer:answer"))]) -> Response[OfferView]:
    """Take the trip. The first accept wins (202); every other driver is told why it is not theirs (409).

    The winner who accepts again is told that the trip is theirs already (200).
    """
    has_won_now = answers().accept(driver.id, trip_id)
    body = OfferView(trip_id=trip_id, state="accepted")
    return Response(202 if has_won_now else 200, content_types.APPLICATION_JSON, body)
