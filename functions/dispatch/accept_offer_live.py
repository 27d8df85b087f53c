"""WebSocket `offer.accept`: the driver takes an offered trip.

Needs: database, redis, event_bus, realtime, dispatch.
"""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from rideflow.dispatch.frames import OfferAccepted
from rideflow.dispatch.model import Promise
from rideflow.dispatch.wiring import offer_responses
from rideflow.kernel.frames import Action
from rideflow.kernel.websocket import Connection, websocket_route


class AcceptOffer(Action):
    """I drive."""

    action: Literal["offer.accept"]
    trip_id: UUID


def accept_offer(offer: AcceptOffer, connection: Connection) -> OfferAccepted:
    accepted = offer_responses().accept(connection.person.id, offer.trip_id)
    until = accepted.until if isinstance(accepted, Promise) else None
    return OfferAccepted(trip_id=offer.trip_id, promised_until=until)


app = websocket_route(accept_offer, action="offer.accept", permission="offer:answer")
