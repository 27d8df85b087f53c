"""WebSocket `sync`: the state and missed events of a trip, for an app that reconnects.

Needs: database, person_keys.
"""

from __future__ import annotations

from rideflow.dispatch.wiring import promises
from rideflow.kernel.websocket import Connection, websocket_route
from rideflow.realtime.sync import Sync, Synced
from rideflow.realtime.wiring import missed_frames


def sync(asked: Sync, connection: Connection) -> Synced:
    return missed_frames(promises).since(connection.person.id, asked)


app = websocket_route(sync, action="sync", permission="trip:read")
