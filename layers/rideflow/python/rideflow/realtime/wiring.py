"""Realtime's objects, built once per execution environment."""

from __future__ import annotations

from functools import cache

from rideflow.kernel.clock import utc_now
from rideflow.kernel.settings import RealtimeSettings
from rideflow.realtime.connections import DynamoConnections
from rideflow.realtime.gateway import ManagementGateway
from rideflow.realtime.service import Realtime


@cache
def realtime() -> Realtime:
    settings = RealtimeSettings.from_environment()
    return Realtime(DynamoConnections(settings.connections_table), ManagementGateway(settings.endpoint), utc_now)
