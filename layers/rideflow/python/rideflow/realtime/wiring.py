"""Realtime's objects, built once per execution environment."""

from __future__ import annotations

import time
from functools import cache
from typing import TYPE_CHECKING

from rideflow.kernel.clock import utc_now
from rideflow.kernel.settings import RealtimeSettings, SessionsSettings
from rideflow.realtime.connections import DynamoConnections
from rideflow.realtime.gateway import ManagementGateway
from rideflow.realtime.service import Realtime

if TYPE_CHECKING:
    from collections.abc import Callable

    from rideflow.realtime.closing import Closing, ConnectionAdmission
    from rideflow.realtime.sync import MissedFrames, Promises


@cache
def realtime() -> Realtime:
    settings = RealtimeSettings.from_environment()
    return Realtime(DynamoConnections(settings.connections_table), ManagementGateway(settings.endpoint), utc_now)


@cache
def connection_admission() -> ConnectionAdmission:
    """Imports are local, here and below: only connecting and signing out need these modules."""
    from rideflow.kernel.sessions import EndedSessions
    from rideflow.realtime.closing import ConnectionAdmission

    return ConnectionAdmission(realtime(), EndedSessions(SessionsSettings.from_environment().table))


@cache
def closing() -> Closing:
    from rideflow.realtime.closing import Closing

    settings = RealtimeSettings.from_environment()
    gateway = ManagementGateway(settings.endpoint)
    return Closing(DynamoConnections(settings.connections_table), gateway, utc_now, time.sleep)


@cache
def missed_frames(promises: Callable[[], Promises]) -> MissedFrames:
    """Imports are local: a function that only pushes, as positions do, should not load a database driver."""
    from rideflow.kernel.postgres import database
    from rideflow.kernel.wiring import seals
    from rideflow.realtime.sync import MissedFrames

    return MissedFrames(database(), promises, seals())
