"""Two markets side by side: each ride has the money, the rules and the figures of its own market."""

import json
import math
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path

import pytest

from rideflow.kernel.geo import Point, distance_m
from rideflow.markets.errors import UnknownProductError
from rideflow.markets.loading import DEPLOYED as OURS
from rideflow.markets.loading import markets_in
from rideflow.markets.model import Market, Markets
from rideflow.pricing.service import RequestQuote
from tests.adapters.payments.ride import FERRY_BUILDING, MISSION, House, a_key
from tests.adapters.payments.stripe_at_hand import StripeAtHand
from tests.market_data import market_folder

BASTILLE, OPERA = Point(lat=48.8532, lng=2.3692), Point(lat=48.8719, lng=2.3316)
RATE = {
    "base_minor": 300, "per_km_minor": "200", "per_minute_minor": "50", "minimum_minor": 900,
    "waiting_per_minute_minor": "60", "waiting_free_s": 60, "route_kept_factor": "1.2",
}  # fmt: skip
RING = [[2.2, 48.8], [2.5, 48.8], [2.5, 48.95], [2.2, 48.95], [2.2, 48.8]]
ZONE = {"kind": "zone", "id": "paris", "name": "Paris"}
PARIS = {
    "market": {
        "name": "Paris",
        "country": "FR",
        "currency": "EUR",
        "time_zone": "Europe/Paris",
        "languages": ["fr"],
        "vehicle_classes": ["economy"],
    },
    "areas": {
        "features": [
            {"type": "Feature", "properties": ZONE, "geometry": {"type": "Polygon", "coordinates": [RING]}},
        ]
    },
    "products": {"products": {"economy": {"name": "Éco", "seats": 4, "served_by": ["economy"]}}},
    "rates": {"products": {"economy": RATE}},
    "rules": {"cancellation": {"cancellation_fee_minor": 750, "cancellation_grace_s": 400, "no_show_after_s": 300}},
    "terms": {"hold_margin": "1.5", "driver_share": "0.60"},
    "travel": {"detour_factor": "1.4", "trip_speed_kmh": "18", "pickup_speed_kmh": "12", "recorded_trips": None},
}


@pytest.fixture
def markets(tmp_path: Path) -> Markets:
    market_folder(tmp_path, "paris", **PARIS)
    return markets_in(OURS, tmp_path)


@pytest.fixture
def house_in(
    database_url: str, stripe_at_hand: StripeAtHand, markets: Markets
) -> Iterator[Callable[[Point, Point], House]]:
    houses: list[House] = []

    def made(pickup: Point, dropoff: Point) -> House:
        houses.append(House(database_url, stripe_at_hand, markets, (pickup, dropoff)))
        return houses[-1]

    yield made
    for house in houses:
        house.close()


def test_the_folders_are_the_markets(markets: Markets) -> None:
    assert [(market.id, market.currency) for market in markets.all] == [("paris", "EUR"), ("san_francisco", "USD")]
    assert markets.zone_at(BASTILLE).beside == ()


@pytest.mark.parametrize(
    ("name", "way", "fee_minor", "grace_s", "drivers_minor"),
    [("paris", (BASTILLE, OPERA), 750, 400, -450), ("san_francisco", (FERRY_BUILDING, MISSION), 500, 120, -400)],
)
def test_a_ride_has_the_prices_the_hold_and_the_fee_of_its_market(
    markets: Markets,
    house_in: Callable[[Point, Point], House],
    name: str,
    way: tuple[Point, Point],
    fee_minor: int,
    grace_s: int,
    drivers_minor: int,
) -> None:
    market, house = markets.named(name), house_in(*way)
    trip_id = house.requested()
    trip = house.hand.trips.get(trip_id)
    assert (trip.market, trip.currency) == (name, market.currency)
    assert trip.quoted_amount_minor == price_of(market, trip.quoted_distance_m, trip.quoted_duration_s)
    assert trip.quoted_distance_m == pytest.approx(float(market.travel.detour_factor) * distance_m(*way), abs=1)

    house.hold(trip_id)
    order, margin = house.order(trip_id), market.terms.hold_margin
    assert order["held_minor"] == math.ceil(trip.quoted_amount_minor * margin)
    assert order["currency"] == market.currency

    driver_id = house.matched(trip_id)
    house.later(seconds=grace_s + 1)
    house.hand.trips.cancel(trip.rider_id, trip_id, None)
    assert house.settle(trip_id) == "capture"
    ledger = house.ledger(trip_id)
    assert (ledger["taken"], ledger[f"driver_payable:{driver_id}"]) == (fee_minor, drivers_minor)


def test_the_grace_of_one_market_is_not_that_of_another(house_in: Callable[[Point, Point], House]) -> None:
    house = house_in(BASTILLE, OPERA)
    trip_id = house.requested()
    house.hold(trip_id)
    house.matched(trip_id)
    house.later(seconds=399)

    house.hand.trips.cancel(house.hand.trips.get(trip_id).rider_id, trip_id, None)

    assert house.settle(trip_id) == "release"


def test_without_recorded_trips_the_duration_is_that_of_the_market_s_speed(
    house_in: Callable[[Point, Point], House],
) -> None:
    house = house_in(BASTILLE, OPERA)

    trip = house.hand.trips.get(house.requested())

    assert trip.quoted_duration_s == pytest.approx(trip.quoted_distance_m / (18 / 3.6), abs=1)


def test_a_product_that_a_market_does_not_offer_is_refused_with_those_it_offers(
    house_in: Callable[[Point, Point], House],
) -> None:
    house, rider_id = house_in(BASTILLE, OPERA), house_in(BASTILLE, OPERA).rider()
    wanted = RequestQuote(pickup=BASTILLE, dropoff=OPERA, product="xl")

    with pytest.raises(UnknownProductError) as refused:
        house.hand.pricing.quote(rider_id, wanted, a_key(rider_id, wanted))

    assert (refused.value.field, refused.value.extra) == ("product", {"products": ["economy"]})


def price_of(market: Market, driven_m: int, taken_s: int) -> int:
    """By the formula: base, distance and time, and the minimum at least, rounded once."""
    told = json.loads((market.folder / "rates.json").read_text(encoding="utf-8"))["products"]["economy"]
    distance = Fraction(told["per_km_minor"]) * driven_m / 1000
    time = Fraction(told["per_minute_minor"]) * taken_s / 60
    return round(max(Fraction(told["minimum_minor"]), int(told["base_minor"]) + distance + time))
