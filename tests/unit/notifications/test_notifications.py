from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest

from rideflow.kernel.frames import Frame
from rideflow.kernel.sealing import of_trip
from rideflow.notifications.channels.in_app import InApp
from rideflow.notifications.events import ScheduledRideChanged, TripChanged
from rideflow.notifications.log import NotificationLog
from rideflow.notifications.matrix import SCHEDULED_RIDE_EVENTS, TRIP_EVENTS
from rideflow.notifications.preferences import ChannelPreferences
from rideflow.notifications.service import Notifications
from rideflow.notifications.templates import Frames
from rideflow.realtime.frames import DriverCard, TripUpdated
from tests.keys import SEALS
from tests.vehicles import PRIUS

NOW = datetime(2026, 10, 1, 18, 0, tzinfo=UTC)
RIDER_ID, DRIVER_ID = uuid4(), uuid4()
OWN_VEHICLE = PRIUS.model_copy(update={"id": uuid4(), "plate": "OLD"})


class PushedFrames:
    """A pusher that records its frames."""

    def __init__(self) -> None:
        self.pushed: list[tuple[UUID, TripUpdated, UUID, datetime]] = []

    def push(self, person_id: UUID, frame: Frame, *, id: UUID, at: datetime) -> int:  # noqa: A002 - the wire names it
        assert isinstance(frame, TripUpdated)
        self.pushed.append((person_id, frame, id, at))
        return 1


class OneDriver:
    """Knows one driver and two vehicles."""

    def find(self, driver_id: UUID, vehicle_id: UUID | None) -> DriverCard:
        assigned = PRIUS if vehicle_id == PRIUS.id else None
        if driver_id != DRIVER_ID:
            return DriverCard(id=driver_id, name=None, rating=None, vehicle=assigned)
        return DriverCard(id=driver_id, name="Grace", rating=4.9, vehicle=assigned or OWN_VEHICLE)


@pytest.fixture
def pusher() -> PushedFrames:
    return PushedFrames()


@pytest.fixture
def notifications(pusher: PushedFrames) -> Notifications:
    return Notifications({"in_app": InApp(pusher, Frames(OneDriver(), SEALS))}, ChannelPreferences(), NotificationLog())


def changed(kind: str, **changes: Any) -> TripChanged:
    event = {
        "id": uuid4(),
        "type": kind,
        "at": NOW,
        "trip_id": uuid4(),
        "rider_id": RIDER_ID,
        "driver_id": DRIVER_ID,
        "state": "driver_assigned",
        "version": 3,
        "zone": "sf-north",
        "city": "san_francisco",
    }
    return TripChanged.model_validate(event | changes)


def test_rider_and_driver_are_told_under_the_events_id(notifications: Notifications, pusher: PushedFrames) -> None:
    event = changed("DriverArrived", state="driver_arrived", version=4)

    notifications.notify(event)

    assert [person_id for person_id, *_ in pusher.pushed] == [RIDER_ID, DRIVER_ID]
    assert {(frame_id, at) for _, _, frame_id, at in pusher.pushed} == {(event.id, NOW)}
    _, frame, _, _ = pusher.pushed[0]
    assert (frame.trip_id, frame.event, frame.state, frame.version) == (
        event.trip_id,
        "DriverArrived",
        "driver_arrived",
        4,
    )


def test_before_a_driver_is_found_the_rider_alone_is_told(notifications: Notifications, pusher: PushedFrames) -> None:
    notifications.notify(changed("TripMatching", driver_id=None, state="matching", version=2))

    assert [person_id for person_id, *_ in pusher.pushed] == [RIDER_ID]


def test_the_rider_is_told_who_comes_in_which_vehicle(notifications: Notifications, pusher: PushedFrames) -> None:
    notifications.notify(changed("DriverAssigned", vehicle_id=PRIUS.id))

    _, frame, _, _ = pusher.pushed[0]
    assert frame.driver == DriverCard(id=DRIVER_ID, name="Grace", rating=4.9, vehicle=PRIUS)


def test_a_driver_whose_name_is_not_known_is_still_announced(
    notifications: Notifications, pusher: PushedFrames
) -> None:
    stranger = uuid4()

    notifications.notify(changed("DriverAssigned", driver_id=stranger, vehicle_id=PRIUS.id))

    _, frame, _, _ = pusher.pushed[0]
    assert frame.driver == DriverCard(id=stranger, name=None, rating=None, vehicle=PRIUS)


@pytest.mark.parametrize(
    ("reason", "shown"), [("rain", "rain"), (None, None), ("rider_no_show", "rider_no_show"), ("another trip's", None)]
)
def test_a_reason_that_a_person_wrote_is_opened(
    notifications: Notifications, pusher: PushedFrames, reason: str | None, shown: str | None
) -> None:
    trip_id = uuid4()
    of = uuid4() if reason == "another trip's" else trip_id
    written = reason not in (None, "rider_no_show")
    sealed = SEALS.seal_text(reason or "", [RIDER_ID], of_trip(of, "cancel_reason")) if written else reason

    notifications.notify(changed("TripCancelled", trip_id=trip_id, reason=sealed, state="cancelled"))

    _, frame, _, _ = pusher.pushed[0]
    assert frame.reason == shown


def test_a_cancellation_is_told_with_its_fee(notifications: Notifications, pusher: PushedFrames) -> None:
    fee = {"cancelled_by": "rider", "reason": "too slow", "fee_minor": 500, "currency": "USD"}

    notifications.notify(changed("TripCancelled", state="cancelled", **fee))

    _, frame, _, _ = pusher.pushed[1]
    assert frame.model_dump(include=set(fee)) == fee


@pytest.mark.parametrize("kind", TRIP_EVENTS)
def test_every_change_of_a_trip_is_told_to_both(notifications: Notifications, pusher: PushedFrames, kind: str) -> None:
    notifications.notify(changed(kind))

    assert [(person_id, frame.event) for person_id, frame, *_ in pusher.pushed] == [(RIDER_ID, kind), (DRIVER_ID, kind)]


def test_an_event_that_the_matrix_does_not_have_is_told_to_nobody(
    notifications: Notifications, pusher: PushedFrames
) -> None:
    notifications.notify(changed("TripRated"))

    assert pusher.pushed == []


@pytest.mark.parametrize("kind", SCHEDULED_RIDE_EVENTS)
def test_a_ride_that_was_booked_ahead_is_its_riders_alone(kind: str) -> None:
    told: list[tuple[UUID, dict[str, Any]]] = []

    class Kept:
        """A pusher that records its frames."""

        def push(self, person_id: UUID, frame: Frame, *, id: UUID, at: datetime) -> int:  # noqa: A002 - as before
            told.append((person_id, frame.model_dump()))
            return 1

    event = ScheduledRideChanged.model_validate(
        {
            "id": uuid4(),
            "type": kind,
            "at": NOW,
            "scheduled_ride_id": uuid4(),
            "rider_id": RIDER_ID,
            "driver_id": DRIVER_ID,
            "state": "scheduled",
            "version": 2,
            "pickup_at": NOW,
            "held_up_by": "late",
        }
    )

    Notifications(
        {"in_app": InApp(Kept(), Frames(OneDriver(), SEALS))}, ChannelPreferences(), NotificationLog()
    ).notify(event)

    [(person_id, said)] = told
    assert person_id == RIDER_ID
    assert (said["event"], said["held_up_by"], said["trip_id"]) == (kind, "late", None)


def test_the_log_tells_of_what_was_sent_before_another_message_failed(caplog: pytest.LogCaptureFixture) -> None:
    class ReachesRiders(PushedFrames):
        def push(self, person_id: UUID, frame: Frame, *, id: UUID, at: datetime) -> int:  # noqa: A002 - as above
            if person_id == DRIVER_ID:
                raise RuntimeError("no way to reach them")
            return super().push(person_id, frame, id=id, at=at)

    channel = InApp(ReachesRiders(), Frames(OneDriver(), SEALS))

    with pytest.raises(RuntimeError):
        Notifications({"in_app": channel}, ChannelPreferences(), NotificationLog()).notify(changed("DriverArrived"))

    [noted] = [record.__dict__ for record in caplog.records if record.msg == "notification sent"]
    assert [recipient["person_id"] for recipient in noted["recipients"]] == [str(RIDER_ID)]


def test_the_log_names_the_recipient_and_not_the_message(
    notifications: Notifications, caplog: pytest.LogCaptureFixture
) -> None:
    event = changed("DriverAssigned", vehicle_id=PRIUS.id)

    notifications.notify(event)

    [noted] = [record.__dict__ for record in caplog.records if record.msg == "notification sent"]
    assert (noted["event_id"], noted["event_type"]) == (str(event.id), "DriverAssigned")
    assert noted["recipients"] == [
        {"person_id": str(person_id), "channel": "in_app", "reached": 1} for person_id in (RIDER_ID, DRIVER_ID)
    ]
    assert "Grace" not in str(noted)
    assert PRIUS.plate not in str(noted)
