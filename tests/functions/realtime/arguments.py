"""Arguments that the handlers of WebSocket connections pass on. `ping` and `$default` have no use case."""

from datetime import UTC, datetime
from uuid import UUID

from rideflow.kernel.access import Caller
from rideflow.realtime.closing import UserLoggedOut
from rideflow.realtime.sync import Sync
from tests.functions.people import RIDER
from tests.functions.spying import Case, call, leads_to

CONNECTION = "R0VrPfYFoAMCJrg="
TRIP = "01998f2e-7b3a-7c1d-9e2f-3a4b5c6d7e04"
SESSION = "0b7a2f6e-9c1d-4a5c-8e3f-1a2b3c4d5e6f"
APP = Caller(
    RIDER,
    frozenset({"rider"}),
    frozenset({"trip:create", "trip:read", "realtime:connect"}),
    session=SESSION,
    issued_at=1_790_877_590,
)


def logged_out(*, session: str | None, reason: str = "signed_out") -> UserLoggedOut:
    return UserLoggedOut(
        id=UUID("01998f2e-4444-7c1d-9e2f-3a4b5c6d7e08"),
        at=datetime(2026, 10, 1, 18, 0, tzinfo=UTC),
        person_id=RIDER,
        session=session,
        reason=reason,
    )


HANDED_ON: dict[str, list[Case]] = {
    "connect": [leads_to(call("connection_admission.connect", APP, CONNECTION))],
    "default": [leads_to()],
    "disconnect": [leads_to(call("realtime.disconnect", RIDER, CONNECTION))],
    "on_user_logged_out": [
        leads_to(call("closing.close", logged_out(session=SESSION)), session=SESSION),
        leads_to(call("closing.close", logged_out(session=None, reason="suspended")), session=None, reason="suspended"),
    ],
    "ping": [leads_to()],
    "sync": [
        leads_to(
            call(
                "missed_frames.since",
                RIDER,
                Sync.model_validate({"action": "sync", "trip_id": TRIP, "after_version": 6}),
            ),
            trip_id=TRIP,
            after_version=6,
        )
    ],
}
