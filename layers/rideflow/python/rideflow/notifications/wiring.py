"""Notifications' objects, built once per execution environment and imported where they are built."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rideflow.notifications.scheduled_rides import ScheduledRideNotifications
    from rideflow.notifications.service import Notifications


@cache
def notifications() -> Notifications:
    from rideflow.kernel.postgres import database
    from rideflow.notifications.service import Notifications
    from rideflow.notifications.store import PostgresDriverCards
    from rideflow.realtime.wiring import realtime

    return Notifications(realtime(), PostgresDriverCards(database()))


@cache
def scheduled_ride_notifications() -> ScheduledRideNotifications:
    from rideflow.notifications.scheduled_rides import ScheduledRideNotifications
    from rideflow.realtime.wiring import realtime

    return ScheduledRideNotifications(realtime())
