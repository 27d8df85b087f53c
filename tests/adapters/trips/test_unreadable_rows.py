"""A row that newer code wrote takes no list away: it is read as far as it is known, or left out alone (ADR 112)."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from rideflow.trips.history import History
from rideflow.trips.scheduled.reading import ScheduledRides
from tests.adapters.trips.environments import Bus, Environment
from tests.adapters.trips.road import Watch
from tests.keys import SEALS

HOUR = timedelta(hours=1)
OF_NEWER_CODE, UNREADABLE = '{"quiet": true}', "[]"

type Pages = Callable[[str | None], tuple[list[UUID], str | None]]


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def environment(database_url: str, bus: Bus, watch: Watch) -> Iterator[Environment]:
    found = Environment(database_url, bus, watch)
    yield found
    found.database.close()


def ids_of(pages: Pages) -> list[list[UUID]]:
    """Every page of a list."""
    found, cursor = list[list[UUID]](), None
    while not found or cursor:
        shown, cursor = pages(cursor)
        found.append(shown)
    return found


def test_the_list_of_stuck_trips(environment: Environment, watch: Watch) -> None:
    first, newer, unreadable, last = sorted(environment.assigned(uuid4()) for _ in range(4))
    written(environment, "trips", newer, unreadable)
    watch.turn(HOUR)

    def pages(cursor: str | None) -> tuple[list[UUID], str | None]:
        page = environment.stuck_list.stuck(1, cursor)
        return [stuck.trip.id for stuck in page.trips], page.next_cursor

    assert ids_of(pages) == [[first], [newer], [], [last]]


def test_a_person_s_history(environment: Environment) -> None:
    driver_id = uuid4()
    oldest, newer, unreadable, newest = sorted(environment.completed(driver_id) for _ in range(4))
    written(environment, "trips", newer, unreadable)

    def pages(cursor: str | None) -> tuple[list[UUID], str | None]:
        page = History(environment.store, SEALS, environment.clock).page(driver_id, 1, cursor)
        return [trip.id for trip in page.trips], page.next_cursor

    assert ids_of(pages) == [[newest], [], [newer], [oldest]]


def test_a_rider_s_booked_rides(environment: Environment) -> None:
    rider_id = uuid4()
    environment.add_card(rider_id)
    oldest, newer, unreadable, newest = sorted(environment.book(rider_id, number * HOUR).id for number in (1, 2, 3, 4))
    written(environment, "scheduled_rides", newer, unreadable)

    def pages(cursor: str | None) -> tuple[list[UUID], str | None]:
        page = ScheduledRides(environment.rides).page(rider_id, None, 1, cursor)
        return [ride.id for ride in page.scheduled_rides], page.next_cursor

    assert ids_of(pages) == [[newest], [], [newer], [oldest]]


def written(environment: Environment, table: str, newer: UUID, unreadable: UUID) -> None:
    """What another release has written into two rows."""
    statement = {
        "trips": "update trips set needs = %(needs)s where id = %(id)s",
        "scheduled_rides": "update scheduled_rides set needs = %(needs)s where id = %(id)s",
    }[table]
    for row_id, needs in ((newer, OF_NEWER_CODE), (unreadable, UNREADABLE)):
        environment.database.execute(statement, {"id": row_id, "needs": needs})
