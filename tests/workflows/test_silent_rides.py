"""A ride whose phones die: the sweep ends it, and the settle saga charges the quote."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from functions.trips import sweep_silent_trips
from tests.functions.lambda_events import LambdaContext
from tests.functions.payments.money import Money
from tests.workflows.driving import Place, held, quoted_way, set_off
from tests.workflows.test_driven_fares import receipt
from tests.workflows.test_settle_trip import booked, settle

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
SWEPT_EACH = 2 * MINUTE
"""Half as often as on AWS; a pause of more than 150 s between two sweeps would count as deafness."""


class Watch:
    """The sweeps' clock. It ends at the real time, so that later settlements are not in the future."""

    def __init__(self) -> None:
        self.now = datetime.now(UTC).replace(microsecond=0)  # Redis keeps milliseconds

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def watch(money: Money, monkeypatch: pytest.MonkeyPatch) -> Watch:
    """The clock of the real function, with the real PostgreSQL and Redis."""
    watch = Watch()
    monkeypatch.setattr("rideflow.trips.wiring.utc_now", watch)
    return watch


def sweep(watch: Watch, *, until: datetime) -> None:
    while watch.now < until:
        watch.now = min(until, watch.now + SWEPT_EACH)
        sweep_silent_trips.app({}, LambdaContext())


@pytest.mark.parametrize("told", [slice(2), slice(None)], ids=["two fixes", "the whole way"])
def test_a_ride_whose_phones_fall_silent_is_ended_after_four_hours_and_settled_at_the_quote(
    money: Money, watch: Watch, told: slice
) -> None:
    trip = held(money)
    way: Sequence[Place] = quoted_way(trip)[told]
    started_at = watch.now - 4 * HOUR - timedelta(seconds=way[-1][0])
    heard_at = set_off(money, trip, way, started_at)
    watch.now = heard_at - MINUTE
    sweep(watch, until=heard_at)
    money.cloud.published()

    sweep(watch, until=heard_at + 4 * HOUR - timedelta(seconds=1))
    assert money.state(str(trip.id)) == "in_progress"
    assert money.cloud.published() == []
    sweep(watch, until=heard_at + 4 * HOUR)

    assert money.state(str(trip.id)) == "completed"
    [ended] = money.cloud.published()
    assert (ended["detail-type"], ended["detail"]["reason"]) == ("TripCompleted", "driver_silent")

    assert settle(ended["detail"]["trip_id"], ended["detail-type"]).status == "SUCCEEDED"

    paid = receipt(money, trip.id)
    assert (paid["amount_minor"], paid["reasons"]["because"]) == (trip.quoted_amount_minor, "path_not_known")
    assert money.state(str(trip.id)) == "paid"
    assert booked(money, str(trip.id)) == trip.quoted_amount_minor
    assert money.stripe.totals()["held_minor"] == 0
    assert money.request().status == 202
