from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest

from rideflow.drivers.api import AddVehicle, DriverView, RegisterDriver, VehicleView
from rideflow.drivers.errors import DriverExistsError, VehicleExistsError
from rideflow.drivers.events import DriverRegistered, DriverTraitsChanged, DriverVerified, DriverWentOffline
from rideflow.drivers.model import Driver, DriverState, DriverVehicle
from rideflow.drivers.store import PostgresDrivers
from rideflow.kernel.idempotency import IdempotencyKey, IdempotencyKeyReusedError
from rideflow.kernel.ids import uuid7
from tests.adapters.drivers.trip_rows import put_trip
from tests.databases import database_at
from tests.eventually import eventually
from tests.keys import with_seals

NOW = datetime(2026, 10, 1, 18, 0, tzinfo=UTC)
REGISTRATION = RegisterDriver(name="Ada", phone="+14155550123", licence="D1234567")
CAR = AddVehicle(plate="8ABC123", make="Toyota", model="Prius", year=2023, colour="silver", vehicle_class="economy")


class Store(PostgresDrivers):
    """The store, with what tests do again and again."""

    def __init__(self, database_url: str) -> None:
        self.url = database_url
        self.database = database_at(database_url)
        super().__init__(self.database, with_seals)

    def rows(self, statement: Any) -> list[dict[str, Any]]:
        return self.database.all(statement, {})

    def registered(self, driver_id: UUID | None = None, key: str = "key-00000001", name: str = "Ada") -> DriverView:
        person = driver_id or uuid4()
        request = REGISTRATION.model_copy(update={"name": name})
        driver = Driver(id=person, registered_at=NOW, **request.model_dump())
        events = [DriverRegistered(at=NOW, driver_id=person)]
        return self.register(
            driver, events, IdempotencyKey.of(person, "register_driver", key, request), DriverView.of(driver)
        )

    def given(self, driver_id: UUID, request: AddVehicle = CAR, key: str = "key-00000002") -> VehicleView:
        car = DriverVehicle(id=uuid7(), added_at=NOW, **request.model_dump())
        idempotency_key = IdempotencyKey.of(driver_id, "add_vehicle", key, request)
        return self.add_vehicle(driver_id, car, idempotency_key, VehicleView.model_validate(car))

    def loaded(self, driver_id: UUID) -> Driver:
        driver = self.find(driver_id)
        assert driver is not None
        return driver

    def online(self) -> Driver:
        """A driver who takes trips."""
        view = self.registered()
        car = self.given(view.id)
        changes = {
            "state": DriverState.VERIFIED,
            "online": True,
            "online_since": NOW,
            "vehicle_id": car.id,
            "zone": "sf-north",
            "version": 2,
        }
        assert self.save(self.loaded(view.id).model_copy(update=changes), [])
        return self.loaded(view.id)


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    store = Store(database_url)
    yield store
    store.database.close()


def test_a_driver_is_found_as_they_registered_with_their_vehicles(store: Store) -> None:
    view = store.registered()
    car = store.given(view.id)

    found = store.loaded(view.id)

    assert DriverView.of(found) == view.model_copy(update={"vehicles": (car,)})
    assert found.version == 1
    assert not found.on_trip


def test_nobody_is_found_under_an_unknown_id(store: Store) -> None:
    assert store.find(uuid4()) is None


def test_registering_leaves_the_event_in_the_outbox(store: Store) -> None:
    view = store.registered()

    [row] = store.rows("select source, type, detail from outbox")

    assert (row["source"], row["type"]) == ("rideflow.drivers", "DriverRegistered")
    assert row["detail"]["driver_id"] == str(view.id)


def test_the_same_key_again_registers_nobody_and_answers_alike(store: Store) -> None:
    person = uuid4()

    assert store.registered(person) == store.registered(person)
    assert len(store.rows("select 1 from outbox")) == 1


def test_the_same_key_for_another_registration_is_refused(store: Store) -> None:
    person = uuid4()
    store.registered(person)

    with pytest.raises(IdempotencyKeyReusedError):
        store.registered(person, name="Bob")


def test_a_second_registration_of_a_person_is_refused(store: Store) -> None:
    person = uuid4()
    store.registered(person)

    with pytest.raises(DriverExistsError):
        store.registered(person, key="another-key")

    assert len(store.rows("select 1 from idempotency_keys")) == 1


def test_a_driver_does_not_add_the_same_plate_twice(store: Store) -> None:
    driver_id = store.registered().id
    store.given(driver_id)

    with pytest.raises(VehicleExistsError):
        store.given(driver_id, key="another-key")


def test_two_drivers_may_share_a_car(store: Store) -> None:
    first, second = store.registered().id, store.registered().id

    assert store.given(first).plate == store.given(second).plate


def test_a_driver_cannot_be_stored_in_somebody_elses_vehicle(store: Store) -> None:
    """What the service checks, the database holds too."""
    driver = store.online()
    other = store.given(store.registered().id)

    with pytest.raises(psycopg.errors.ForeignKeyViolation):
        store.save(driver.model_copy(update={"vehicle_id": other.id, "version": 3}), [])


def test_a_change_that_another_one_preceded_stores_nothing(store: Store) -> None:
    driver = store.loaded(store.registered().id)
    verified = driver.model_copy(update={"state": DriverState.VERIFIED, "version": 2})
    event = DriverVerified(at=NOW, driver_id=driver.id, verified_by=uuid4())

    assert store.save(verified, [event])
    assert not store.save(verified, [event.model_copy(update={"id": uuid7()})])

    assert [row["type"] for row in store.rows("select type from outbox order by created_at")] == [
        "DriverRegistered",
        "DriverVerified",
    ]


@pytest.mark.parametrize("state", ["driver_assigned", "driver_arrived", "in_progress"])
def test_a_driver_on_a_trip_cannot_be_stored_offline(store: Store, state: str) -> None:
    driver = store.online()
    put_trip(store.url, uuid4(), driver.id, state)
    offline = driver.model_copy(update={"online": False, "online_since": None, "version": 3})

    assert store.loaded(driver.id).on_trip
    assert not store.save(
        offline, [DriverWentOffline(at=NOW, driver_id=driver.id, version=3, zone="sf", reason="driver")]
    )
    assert store.loaded(driver.id).online


@pytest.mark.race
def test_going_offline_waits_for_who_gives_the_driver_a_trip_and_then_sees_it(store: Store) -> None:
    driver = store.online()
    offline = driver.model_copy(update={"online": False, "online_since": None, "version": 3})
    event = DriverWentOffline(at=NOW, driver_id=driver.id, version=3, zone="sf", reason="driver")

    with ThreadPoolExecutor(1) as pool, psycopg.connect(store.url) as giving:
        held = giving.execute("select * from published_hold_online_driver(%s)", (driver.id,)).fetchall()
        saved = pool.submit(store.save, offline, [event])
        eventually(lambda: giving.execute("select 1 from pg_locks where not granted").fetchall())
        put_trip(store.url, uuid4(), driver.id, "driver_assigned")
        giving.commit()

        assert held == [(driver.id,)]
        assert saved.result(10) is False
    assert store.loaded(driver.id).online


def test_nobody_who_is_offline_is_held_online(store: Store) -> None:
    driver_id = store.registered().id

    assert store.rows(f"select * from published_hold_online_driver('{driver_id}')") == []


def test_a_driver_whose_trip_is_over_can_be_stored_offline(store: Store) -> None:
    driver = store.online()
    put_trip(store.url, uuid4(), driver.id, "completed")

    assert not store.loaded(driver.id).on_trip
    assert store.save(driver.model_copy(update={"online": False, "online_since": None, "version": 3}), [])


def test_the_published_views_tell_who_may_be_dispatched_and_who_comes_in_what(store: Store) -> None:
    online, registered = store.online(), store.registered()
    store.rate(online.id, uuid4(), 5, NOW)
    store.rate(online.id, uuid4(), 4, NOW)

    rows = {row["driver_id"]: row for row in store.rows("select * from published_drivers")}

    assert rows[online.id] == {
        "driver_id": online.id,
        "version": 4,
        "online": True,
        "zone": "sf-north",
        "vehicle_class": "economy",
        "wheelchair_accessible": False,
        "rating": 4.5,
        "rating_count": 2,
        "accepted_payments": ["credit", "debit", "prepaid"],
        "takes_upgrades": False,
        "destination_lat": None,
        "destination_lng": None,
        "destination_until": None,
    }
    assert (rows[registered.id]["online"], rows[registered.id]["vehicle_class"]) == (False, None)
    assert rows[registered.id]["rating"] is None
    cards = {row["driver_id"]: row for row in store.rows("select * from published_driver_cards")}
    assert (cards[online.id]["name"], cards[online.id]["rating"]) == ("Ada", 4.5)
    assert cards[online.id]["vehicle"] == {
        "id": str(online.vehicle_id),
        "plate": "8ABC123",
        "make": "Toyota",
        "model": "Prius",
        "year": 2023,
        "colour": "silver",
        "vehicle_class": "economy",
        "wheelchair_accessible": False,
    }
    assert cards[online.id]["vehicle_id"] == online.vehicle_id
    assert (cards[registered.id]["vehicle"], cards[registered.id]["vehicle_id"]) == (None, None)
    [vehicle] = store.rows("select * from published_vehicles")
    assert vehicle == online.vehicle(online.vehicle_id).model_dump(exclude={"added_at"})


def test_a_rating_that_is_told_twice_counts_once(store: Store) -> None:
    driver_id, trip_id = store.registered().id, uuid4()

    store.rate(driver_id, trip_id, 3, NOW)
    store.rate(driver_id, trip_id, 3, NOW)

    found = store.loaded(driver_id)
    assert (found.rating_sum, found.rating_count) == (3, 1)


def test_matching_is_told_of_a_rating_that_riders_could_ask_for(store: Store) -> None:
    driver = store.online()
    news = [DriverTraitsChanged(at=NOW, driver_id=driver.id)]

    told = [store.rate(driver.id, uuid4(), stars, NOW, news[:0]) for stars in (5, 5, 5, 5, 4, 5, 5, 1)]

    assert told == [False, False, False, False, True, False, True, True]  # 4.80, 4.83, 4.86, 4.38
    assert store.loaded(driver.id).version == driver.version + 8


@pytest.mark.race
def test_a_person_who_registers_many_times_at_once_is_registered_once(database_url: str) -> None:
    person = uuid4()

    def attempt(number: int) -> str:
        store = Store(database_url)
        try:
            store.registered(person, key=f"key-{number % 2:08}")
        except DriverExistsError:
            return "exists"
        finally:
            store.database.close()
        return "registered"

    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(attempt, range(16)))

    store = Store(database_url)
    assert set(outcomes) == {"registered", "exists"}
    assert len(store.rows("select 1 from drivers")) == 1
    assert len(store.rows("select 1 from outbox")) == 1
    assert len(store.rows("select 1 from idempotency_keys")) == 1
    store.database.close()


@pytest.mark.race
def test_of_many_changes_at_once_one_is_stored(database_url: str) -> None:
    first = Store(database_url)
    driver = first.loaded(first.registered().id)
    verified = driver.model_copy(update={"state": DriverState.VERIFIED, "version": 2})

    def attempt(_number: int) -> bool:
        store = Store(database_url)
        try:
            return store.save(verified, [DriverVerified(at=NOW, driver_id=driver.id, verified_by=uuid4())])
        finally:
            store.database.close()

    with ThreadPoolExecutor(8) as pool:
        stored = list(pool.map(attempt, range(16)))

    assert stored.count(True) == 1
    assert len(first.rows("select 1 from outbox where type = 'DriverVerified'")) == 1
    first.database.close()
