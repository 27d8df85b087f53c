"""Realtime's objects, built once per execution environment."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from rideflow.kernel.clock import utc_now
from rideflow.kernel.settings import RealtimeSettings
from rideflow.realtime.connections import DynamoConnections
from rideflow.realtime.gateway import ManagementGateway
from rideflow.realtime.service import Realtime

if TYPE_CHECKING:
    from rideflow.realtime.sync import MissedFrames


@cache
def realtime() -> Realtime:
    settings = RealtimeSettings.from_environment()
    return Realtime(DynamoConnections(settings.connections_table), ManagementGateway(settings.endpoint), utc_now)


@cache
def missed_frames() -> MissedFrames:
    """Imported here: whoever only pushes, as every position does, should not load a database driver."""
    from rideflow.kernel.postgres import database
    from rideflow.realtime.sync import MissedFrames

    return MissedFrames(database())
