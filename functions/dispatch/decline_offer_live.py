"""WebSocket `offer.decline`: the driver does not want an offered trip.

Needs: database, redis, event_bus, realtime, dispatch.
"""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from rideflow.dispatch.frames import OfferDeclined
from rideflow.dispatch.wiring import offer_responses
from rideflow.kernel.frames import Action
from rideflow.kernel.websocket import Connection, websocket_route


class DeclineOffer(Action):
    """Somebody else may drive."""

    action: Literal["offer.decline"]
    trip_id: UUID


def decline_offer(offer: DeclineOffer, connection: Connection) -> OfferDeclined:
    offer_responses().decline(connection.person.id, offer.trip_id)
    return OfferDeclined(trip_id=offer.trip_id)


app = websocket_route(decline_offer, action="offer.decline", permission="offer:answer")
