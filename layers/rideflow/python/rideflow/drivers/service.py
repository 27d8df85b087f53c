"""The use cases of drivers. Each change is one statement with its events."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, datetime
from typing import Protocol
from uuid import UUID

from rideflow.drivers import destination, model
from rideflow.drivers.api import AddVehicle, DriverView, GoOnline, PutPreferences, RegisterDriver, VehicleView
from rideflow.drivers.destination import DestinationView, PutDestination
from rideflow.drivers.errors import DriverNotFoundError, LicenceExpiredError, UnknownVehicleClassError
from rideflow.drivers.events import (
    DriverEvent,
    DriverRegistered,
    DriverTraitsChanged,
    DriverVerified,
    DriverWentOffline,
    DriverWentOnline,
)
from rideflow.drivers.model import Driver, Vehicle
from rideflow.kernel.changes import until_saved
from rideflow.kernel.clock import Clock
from rideflow.kernel.errors import ConflictError
from rideflow.kernel.geo import Point
from rideflow.kernel.idempotency import IdempotencyKey
from rideflow.kernel.ids import uuid7
from rideflow.markets.model import Markets


class DriverChangedError(ConflictError):
    """The driver was changed at the same time, again and again."""

    code = "driver_changed"


class DriverStore(Protocol):
    """Stores drivers; `store.PostgresDrivers` is the one in use."""

    def find(self, driver_id: UUID) -> Driver | None: ...

    def register(
        self, driver: Driver, events: Iterable[DriverEvent], key: IdempotencyKey, view: DriverView
    ) -> DriverView:
        """Store the driver and return `view` itself. A repeat of the key stores nothing and returns the first response.

        Raises `DriverExistsError`.
        """
        ...

    def add_vehicle(self, driver_id: UUID, vehicle: Vehicle, key: IdempotencyKey, view: VehicleView) -> VehicleView:
        """Store the vehicle. A repeat of the key stores nothing and returns the first response.

        Raises `VehicleExistsError`.
        """
        ...

    def save(self, driver: Driver, events: Iterable[DriverEvent]) -> bool:
        """Store the change. False if another change came first, or if a driver on a trip would go offline."""
        ...

    def rate(
        self, driver_id: UUID, trip_id: UUID, stars: int, rated_at: datetime, events: Iterable[DriverEvent]
    ) -> bool:
        """Count the trip's rating once. True if matching must know of it, and the events are stored."""
        ...


class Driving:
    """The use cases of drivers."""

    def __init__(
        self, drivers: DriverStore, publish: Callable[[Iterable[DriverEvent]], None], markets: Markets, clock: Clock
    ) -> None:
        self._drivers = drivers
        self._publish = publish
        self._markets = markets
        self._clock = clock

    def get(self, driver_id: UUID) -> DriverView:
        return DriverView.of(self._found(driver_id))

    def register(self, driver_id: UUID, request: RegisterDriver, key: IdempotencyKey) -> DriverView:
        now = self._clock()
        if request.licence_expires_on is not None and request.licence_expires_on < self._markets.today_somewhere(now):
            raise LicenceExpiredError("Your driving licence has expired.", field="licence_expires_on")
        driver = Driver(id=driver_id, registered_at=now, **request.model_dump())
        events = [DriverRegistered(at=now, driver_id=driver_id)]
        view = DriverView.of(driver)
        answer = self._drivers.register(driver, events, key, view)
        if answer is view:  # else it is a repeat, and its events are not in the outbox
            self._publish(events)
        return answer

    def add_vehicle(self, driver_id: UUID, request: AddVehicle, key: IdempotencyKey) -> VehicleView:
        """Raises `VehicleYearError`, `UnknownVehicleClassError`, `DriverNotFoundError`, `VehicleExistsError`."""
        now = self._clock()
        oldest = max(market.documents.max_vehicle_age_years for market in self._markets.all)
        model.check_year(request.year, self._markets.today_somewhere(now), oldest)
        classes = self._markets.vehicle_classes
        if request.vehicle_class not in classes:
            raise UnknownVehicleClassError(
                "There is no such class of vehicle.", field="vehicle_class", vehicle_classes=list(classes)
            )
        self._found(driver_id)
        vehicle = Vehicle(id=uuid7(), added_at=now, **request.model_dump())
        return self._drivers.add_vehicle(driver_id, vehicle, key, VehicleView.model_validate(vehicle))

    def verify(self, driver_id: UUID, operator_id: UUID) -> DriverView:
        now = self._clock()
        event = DriverVerified(at=now, driver_id=driver_id, verified_by=operator_id)
        return self._change(driver_id, lambda driver: model.verify(driver, operator_id, now), lambda _driver: event)

    def go_online(self, driver_id: UUID, request: GoOnline) -> DriverView:
        """Raises `OutsideServiceAreaError`, and the errors of `model.go_online`."""
        now = self._clock()
        zone = self._markets.zone_at(Point(lat=request.lat, lng=request.lng), field="lat")
        today = zone.market.today(now)

        def went_online(driver: Driver) -> DriverEvent:
            return DriverWentOnline(
                at=now,
                driver_id=driver_id,
                version=driver.version,
                zone=zone.id,
                vehicle_id=request.vehicle_id,
                vehicle_class=driver.vehicle(request.vehicle_id).vehicle_class,
            )

        def decide(driver: Driver) -> Driver | None:
            return model.go_online(driver, request.vehicle_id, zone, now, today=today)

        return self._change(driver_id, decide, went_online)

    def go_offline(self, driver_id: UUID) -> DriverView:
        """Raises `DriverOnTripError`."""
        return self._change(driver_id, model.go_offline, lambda driver: self._went_offline(driver, "driver"))

    def lose_heartbeat(self, driver_id: UUID, found_silent_at: datetime) -> None:
        """Take a silent driver offline, unless they are on a trip or came back since. Unknown drivers are ignored."""
        try:
            self._change(
                driver_id,
                lambda driver: model.lose_heartbeat(driver, found_silent_at),
                lambda driver: self._went_offline(driver, "heartbeat_lost"),
            )
        except DriverNotFoundError:
            return

    def rate(self, driver_id: UUID, trip_id: UUID, stars: int, rated_at: datetime) -> None:
        events = [DriverTraitsChanged(at=self._clock(), driver_id=driver_id)]
        if self._drivers.rate(driver_id, trip_id, stars, rated_at, events):
            self._publish(events)

    def put_preferences(self, driver_id: UUID, request: PutPreferences) -> DriverView:
        """Set the rides that the driver takes from now on."""

        def decide(driver: Driver) -> Driver | None:
            return model.prefer(driver, request.accepted_payments, takes_upgrades=request.takes_upgrades)

        return self._take(driver_id, decide)

    def destination(self, driver_id: UUID) -> DestinationView:
        """Raises `DestinationNotFoundError`."""
        driver, now = self._found(driver_id), self._clock()
        return destination.shown(driver, now, self._today_of(driver, now))

    def set_destination(self, driver_id: UUID, request: PutDestination) -> DestinationView:
        """Raises the errors of `destination.set_destination`."""
        now = self._clock()

        def decide(driver: Driver) -> Driver | None:
            return destination.set_destination(driver, request, now, self._today_of(driver, now))

        self._take(driver_id, decide)
        return self.destination(driver_id)

    def clear_destination(self, driver_id: UUID) -> DriverView:
        """Clear the destination, so that all trips are offered again."""
        return self._take(driver_id, destination.clear_destination)

    def reached_destination(self, driver_id: UUID, until: datetime) -> None:
        """Clear the destination that was set until `until`. Unknown drivers and older destinations are ignored."""
        try:
            self._take(driver_id, lambda driver: destination.reach_destination(driver, until))
        except DriverNotFoundError:
            return

    def _today_of(self, driver: Driver, now: datetime) -> date:
        """The date in the market where the driver last went online.

        If they never did, or the zone is no longer deployed, it is the earliest date in any market.
        """
        zone = None if driver.zone is None else self._markets.find_zone(driver.zone)
        return self._markets.today_somewhere(now) if zone is None else zone.market.today(now)

    def _take(self, driver_id: UUID, decide: Callable[[Driver], Driver | None]) -> DriverView:
        event = DriverTraitsChanged(at=self._clock(), driver_id=driver_id)
        return self._change(driver_id, decide, lambda _driver: event)

    def _change(
        self,
        driver_id: UUID,
        decide: Callable[[Driver], Driver | None],
        event_of: Callable[[Driver], DriverEvent],
    ) -> DriverView:
        """Read the driver, decide on the change and store it. If another change comes first, all is done again."""

        def attempt() -> DriverView | None:
            driver = self._found(driver_id)
            changed = decide(driver)
            if changed is None:
                return DriverView.of(driver)
            events = [event_of(changed)]
            if not self._drivers.save(changed, events):
                return None
            self._publish(events)
            return DriverView.of(changed)

        return until_saved(
            attempt, lambda: DriverChangedError("This driver was changed at the same time; please try again.")
        )

    def _found(self, driver_id: UUID) -> Driver:
        driver = self._drivers.find(driver_id)
        if driver is None:
            raise DriverNotFoundError("There is no such driver; register first.")
        return driver

    def _went_offline(self, driver: Driver, reason: str) -> DriverWentOffline:
        at, zone = self._clock(), driver.zone or ""
        return DriverWentOffline(at=at, driver_id=driver.id, version=driver.version, zone=zone, reason=reason)
