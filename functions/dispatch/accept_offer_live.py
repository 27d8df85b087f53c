"""WebSocket `offer.accept`: the driver takes an offered trip.

Needs: database, redis, event_bus, realtime, dispatch.
"""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from rideflow.dispatch.frames import OfferAccepted
from rideflow.dispatch.wiring import answers
from rideflow.kernel.frames import Action
from rideflow.kernel.websocket import Connection, websocket_route


class AcceptOffer(Action):
    """I drive."""

    action: Literal["offer.accept"]
    trip_id: UUID


def accept_offer(offer: AcceptOffer, connection: Connection) -> OfferAccepted:
    answers().accept(connection.person.id, offer.trip_id)
    return OfferAccepted(trip_id=offer.trip_id)


app = websocket_route(accept_offer, action="offer.accept", permission="offer:answer")
