"""Notifications' objects, built once per execution environment and imported where they are built."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from uuid import UUID

    from rideflow.notifications.service import Notifications
    from rideflow.realtime.frames import DriverCard


@cache
def notifications() -> Notifications:
    from rideflow.notifications.channels.in_app import InApp
    from rideflow.notifications.log import NotificationLog
    from rideflow.notifications.preferences import ChannelPreferences
    from rideflow.notifications.service import Notifications
    from rideflow.notifications.templates import Frames
    from rideflow.realtime.wiring import realtime

    return Notifications(
        {"in_app": InApp(realtime(), Frames(_DriverCards(), _FreeText()))}, ChannelPreferences(), NotificationLog()
    )


class _DriverCards:
    """Cards in PostgreSQL. The database is opened at the call: some functions have none, and never call this."""

    def find(self, driver_id: UUID) -> DriverCard | None:
        from rideflow.kernel.postgres import database
        from rideflow.notifications.store import PostgresDriverCards

        return PostgresDriverCards(database()).find(driver_id)


class _FreeText:
    """Texts that people wrote. The keys are read at the call: some functions have none, and never call this."""

    def shown(self, text: str | None, purpose: str) -> str | None:
        if text is None:
            return None
        from rideflow.kernel.wiring import seals

        return seals().shown(text, purpose)
