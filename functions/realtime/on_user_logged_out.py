"""A session ended: its connections are closed, and its apps are told the reason.

Needs: realtime.
Consumes: UserLoggedOut (rideflow.identity).
"""

from __future__ import annotations

from rideflow.kernel.consumer import consumer
from rideflow.realtime.closing import UserLoggedOut
from rideflow.realtime.wiring import closing


def on_user_logged_out(event: UserLoggedOut) -> None:
    closing().close(event)


app = consumer(on_user_logged_out)
