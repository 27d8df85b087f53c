"""Notifications' objects, built once per execution environment."""

from __future__ import annotations

from functools import cache

from rideflow.kernel.postgres import database
from rideflow.notifications.service import Notifications
from rideflow.notifications.store import PostgresDriverCards
from rideflow.realtime.wiring import realtime


@cache
def notifications() -> Notifications:
    return Notifications(realtime(), PostgresDriverCards(database()))
