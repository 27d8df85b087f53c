"""One process of the flow: it prepares its people, waits for the other processes, and then takes rides."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import psycopg
import stripe

from benchmarks.aws import CloudInPlace, answered_in_place
from rideflow.markets import wiring
from rideflow.markets.model import Market, Markets
from rideflow.markets.zones import ServiceAreas, read_areas

if TYPE_CHECKING:
    from benchmarks.town import Around, Town

API_KEY, WEBHOOK_SECRET = "sk_test_bench", "whsec_bench"

RIDERS, DRIVERS = 8, 8
_WARM_UP = 2
_READY_WITHIN_S = 120
_TYPICAL_HOLD_MINOR, _TYPICAL_FARE_MINOR = 2400, 1900

_all_ready: Any = None


@dataclass(frozen=True)
class Shift:
    """Begin and end of one process's work: seconds of the machine's monotonic clock, which all processes share."""

    began: float
    ended: float


def meet_at(barrier: Any) -> None:
    """Give this process the barrier at which all processes wait until the last is ready."""
    global _all_ready  # noqa: PLW0603 - a process pool's initializer has no other way
    _all_ready = barrier


def whole_rides(number: int, rides: int, database_url: str) -> Shift:
    """Whole rides through all handlers, in a zone of this process's own: a zone has one matcher at a time."""
    cloud = CloudInPlace({"api_key": API_KEY, "webhook_secret": WEBHOOK_SECRET})
    with answered_in_place(cloud):
        return _worked(lambda: town(cloud, f"bench-{number}", database_url).ride, rides)


def town(cloud: CloudInPlace, zone: str, database_url: str, around: Around | None = None) -> Town:
    """A town in a zone of that name; `around` is entered for each operation together with the work that follows."""
    from benchmarks.fixtures import Fixtures
    from benchmarks.town import Town, nothing_around

    _rename_zone(zone)
    with psycopg.connect(database_url, autocommit=True) as connection:
        fixtures, client = Fixtures(connection), _stripe()
        riders = [fixtures.rider_with_card(*_card(client)) for _ in range(RIDERS)]
        return Town(cloud, riders, [fixtures.online_driver(zone) for _ in range(DRIVERS)], around or nothing_around)


def stripe_alone(_number: int, rides: int, _database_url: str) -> Shift:
    """The two calls to Stripe that every ride needs: the hold and its capture."""

    def payment() -> Callable[[], object]:
        client = _stripe()
        return partial(_pay, client, *_card(client))

    return _worked(payment, rides)


def _pay(client: stripe.StripeClient, customer_id: str, method_ref: str) -> None:
    held = client.v1.payment_intents.create(
        {
            "amount": _TYPICAL_HOLD_MINOR,
            "currency": "usd",
            "customer": customer_id,
            "payment_method": method_ref,
            "automatic_payment_methods": {"enabled": True, "allow_redirects": "never"},
            "capture_method": "manual",
            "confirm": True,
            "off_session": True,
        },
        {"idempotency_key": str(uuid4())},
    )
    client.v1.payment_intents.capture(held.id, {"amount_to_capture": _TYPICAL_FARE_MINOR})


def _worked(make_ready: Callable[[], Callable[[], object]], rides: int) -> Shift:
    """Take rides with the function that `make_ready` returns. If it fails, the other processes stop waiting too."""
    try:
        ride = make_ready()
        for _ in range(_WARM_UP):
            ride()
    except BaseException:
        _all_ready.abort()
        raise
    _all_ready.wait(_READY_WITHIN_S)
    began = time.monotonic()
    for _ in range(rides):
        ride()
    return Shift(began, time.monotonic())


def _rename_zone(name: str) -> None:
    """Replace the wiring's markets by one: the first market with its first zone alone, under another name."""

    class OneZone(Market):
        @cached_property
        def areas(self) -> ServiceAreas:
            first, *_ = read_areas(self.folder / "areas.geojson", self).zones
            return ServiceAreas((replace(first, id=name),), (), ())

    whole = wiring.markets().all[0]
    only = Markets((OneZone(**{each.name: getattr(whole, each.name) for each in fields(Market)}),))
    wiring.markets = lambda: only  # type: ignore[assignment]


def _stripe() -> stripe.StripeClient:
    return stripe.StripeClient(API_KEY, base_addresses={"api": os.environ["STRIPE_API_BASE"]})


def _card(client: stripe.StripeClient) -> tuple[str, str]:
    customer = client.v1.customers.create({})
    return customer.id, client.v1.payment_methods.attach("pm_card_visa", {"customer": customer.id}).id
