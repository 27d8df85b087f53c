"""Drivers as their apps and operators use the API."""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

import pytest

from functions.drivers import add_vehicle, get_driver, go_offline, go_online, register_driver, verify_driver
from rideflow.kernel.access import Caller
from tests.functions.cloud import Cloud
from tests.functions.lambda_events import Answer, answer, rest_event, signed_in

HERE = {"lat": 37.7749, "lng": -122.4194}
PERSON = {"name": "Grace Hopper", "phone": "+14155550123", "licence": "d1234567"}
CAR = {
    "plate": "8abc-123",
    "make": "Toyota",
    "model": "Prius",
    "year": 2023,
    "colour": "silver",
    "vehicle_class": "economy",
}


@dataclass
class App:
    """The app of one driver."""

    caller: Caller = field(default_factory=lambda: signed_in("driver"))

    @property
    def id(self) -> UUID:
        return self.caller.id

    def post(self, app: Any, path: str, body: object = None, key: str | None = None) -> Answer:
        headers = {"Idempotency-Key": key} if key else {}
        return answer(app, rest_event("POST", path, body, self.caller, headers))

    def register(self, key: str | None = None, **changes: object) -> Answer:
        return self.post(register_driver.app, "/v1/drivers/me", PERSON | changes, key or str(uuid4()))

    def add_vehicle(self, key: str | None = None, **changes: object) -> Answer:
        return self.post(add_vehicle.app, "/v1/drivers/me/vehicles", CAR | changes, key or str(uuid4()))

    def go_online(self, vehicle_id: str, **changes: object) -> Answer:
        return self.post(go_online.app, "/v1/drivers/me/online", {"vehicle_id": vehicle_id, **HERE, **changes})

    def go_offline(self) -> Answer:
        return self.post(go_offline.app, "/v1/drivers/me/offline")

    def me(self) -> Answer:
        return answer(get_driver.app, rest_event("GET", "/v1/drivers/me", None, self.caller))


def verify(driver_id: object, operator: Caller | None = None) -> Answer:
    path, parameters = f"/v1/drivers/{driver_id}/verify", {"driver_id": str(driver_id)}
    event = rest_event("POST", path, None, operator or signed_in("operator"), path_parameters=parameters)
    return answer(verify_driver.app, event)


@pytest.fixture
def app(cloud: Cloud) -> App:
    """The app of somebody who has not registered yet."""
    return App()


@pytest.fixture
def vehicle_id(app: App) -> str:
    """The vehicle of a driver who is ready to go online."""
    assert app.register().status == 201
    vehicle: str = app.add_vehicle().body["id"]
    assert verify(app.id).status == 200
    return vehicle
