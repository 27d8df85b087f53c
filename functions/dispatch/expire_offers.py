"""Ends offers that had their 15 seconds, and lets the zone match anew.

Needs: database, redis, event_bus, realtime, dispatch, states.
Works: dispatch offer expiry queue.
"""

from __future__ import annotations

from rideflow.dispatch.messages import ExpireOffers
from rideflow.dispatch.wiring import requests
from rideflow.kernel.consumer import queue_worker


def expire_offers(message: ExpireOffers) -> None:
    requests().expire(message.zone)


app = queue_worker(expire_offers)
