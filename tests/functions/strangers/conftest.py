"""State for generated requests: a rider on a trip, a driver with a car, an operator, Stripe and a user pool."""

from dataclasses import dataclass
from typing import Any, Never

import pytest

from rideflow.identity.cognito import CognitoAccounts
from rideflow.identity.errors import RefreshTokenInvalidError
from rideflow.kernel.access import Caller
from rideflow.realtime.gateway import ManagementGateway
from tests.functions.cloud import Cloud, without_limits
from tests.functions.drivers.conftest import App, verify
from tests.functions.identity.conftest import SignInPage, page
from tests.functions.lambda_events import signed_in
from tests.functions.payments.conftest import stripe_at_hand, stripe_url
from tests.functions.strangers.gateway import Gateway
from tests.functions.trips.rides import Rides

__all__ = ["page", "stripe_at_hand", "stripe_url"]


def _no_token_of_ours(*_: Any) -> Never:
    raise RefreshTokenInvalidError("Please sign in again.")


@dataclass
class Town:
    """The API, its callers, and ids of existing objects by their names in paths and bodies."""

    gateway: Gateway
    callers: dict[str, Caller | None]
    ids: dict[str, str]


@pytest.fixture
def town(cloud: Cloud, page: SignInPage, stripe_at_hand: Any, monkeypatch: pytest.MonkeyPatch) -> Town:
    monkeypatch.setattr(ManagementGateway, "post", lambda *_: None)
    # moto has neither operation of refresh tokens: a generated token is treated as an unknown one.
    monkeypatch.setattr(CognitoAccounts, "refresh", _no_token_of_ours)
    monkeypatch.setattr(CognitoAccounts, "revoke", lambda *_: None)
    without_limits(monkeypatch)  # a body that is refused with 429 is not read
    rides, driver = Rides(cloud), App()
    assert driver.register().status == 201
    vehicle_id = driver.add_vehicle().body["id"]
    assert verify(driver.id).status == 200
    assert driver.go_online(str(vehicle_id)).status == 200
    rides.driver = driver.caller
    ids = {
        "trip_id": rides.arrived(),
        "quote_id": rides.quote(),
        "vehicle_id": str(vehicle_id),
        "driver_id": str(driver.id),
        "zone_id": "sf-bay",
    }
    callers = {"rider": rides.rider, "driver": driver.caller, "operator": signed_in("operator"), "nobody": None}
    return Town(Gateway(), callers, ids)
