"""A market, and all markets of a deployment. Each section of a market's data is read at its first use.

A section's schema is imported with the section, because a Lambda that only needs zones reads no prices.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from rideflow.kernel.geo import Point
from rideflow.markets.errors import (
    BlackoutAreaError,
    MarketWithdrawnError,
    OutsideServiceAreaError,
    UnknownProductError,
)
from rideflow.markets.zones import Blackout, End, Fifo, ServiceAreas, Zone, read_areas

if TYPE_CHECKING:
    from pydantic import BaseModel

    from rideflow.kernel.vehicles import ServingClasses, VehicleClass
    from rideflow.markets.documents import Documents
    from rideflow.markets.matching import Matching
    from rideflow.markets.products import Product
    from rideflow.markets.rates import RateCard
    from rideflow.markets.rules import Rules
    from rideflow.markets.terms import Terms
    from rideflow.markets.travel import Travel
    from rideflow.markets.trip_times import TripTimes


@dataclass(frozen=True, eq=False)
class Market:
    """A market: the values of its `market.json`, and the other files of its folder.

    `currency` is an ISO 4217 code, `time_zone` an IANA name and `country` an ISO 3166-1 code. `languages` are BCP 47
    tags, the usual one first. `vehicle_classes` are the vehicle classes that drive here. Files are validated at deploy,
    so a Lambda reads them without validation.
    """

    folder: Path
    id: str
    name: str
    country: str
    currency: str
    time_zone: str
    languages: tuple[str, ...]
    vehicle_classes: tuple[VehicleClass, ...]

    @property
    def zones(self) -> tuple[Zone, ...]:
        return self.areas.zones

    @property
    def blackouts(self) -> tuple[Blackout, ...]:
        return self.areas.blackouts

    @property
    def fifos(self) -> tuple[Fifo, ...]:
        return self.areas.fifos

    @cached_property
    def zone_ids(self) -> tuple[str, ...]:
        return tuple(zone.id for zone in self.zones)

    @cached_property
    def products(self) -> Mapping[str, Product]:
        """The products by their ids, in the order in which riders see them."""
        from rideflow.markets.products import Products

        return self._section("products.json", Products).products

    def product(self, product_id: str) -> Product:
        """The product with this id. Raises `UnknownProductError` with the field `product`."""
        product = self.products.get(product_id)
        if product is None:
            raise self.unknown_product()
        return product

    def unknown_product(self) -> UnknownProductError:
        """The error for an order of an unknown product, with the field `product` and the offered products."""
        return UnknownProductError("This is not offered here.", field="product", products=list(self.products))

    def serving(self, product_id: str) -> ServingClasses:
        """The vehicle classes that may serve the product; none if the product is no longer offered."""
        from rideflow.kernel.vehicles import ServingClasses

        product = self.products.get(product_id)
        return ServingClasses(()) if product is None else product.serving

    @cached_property
    def rates(self) -> Mapping[str, RateCard]:
        """The rate card of each product."""
        from rideflow.markets.rates import Rates

        return self._section("rates.json", Rates).products

    @cached_property
    def rules(self) -> Rules:
        from rideflow.markets.rules import Rules

        return self._section("rules.json", Rules)

    @cached_property
    def terms(self) -> Terms:
        from rideflow.markets.terms import Terms

        return self._section("terms.json", Terms)

    @cached_property
    def travel(self) -> Travel:
        from rideflow.markets.travel import Travel

        return self._section("travel.json", Travel)

    @cached_property
    def matching(self) -> Matching:
        from rideflow.markets.matching import Matching

        return self._section("matching.json", Matching)

    @cached_property
    def documents(self) -> Documents:
        from rideflow.markets.documents import Documents

        return self._section("documents.json", Documents)

    @cached_property
    def trip_times(self) -> TripTimes:
        """The durations of trips here, by the market's recorded trips if it has any."""
        from rideflow.markets.trip_times import trip_times

        return trip_times(self.travel, self.time_zone)

    def today(self, now: datetime) -> date:
        """The date in the market's time zone."""
        from zoneinfo import ZoneInfo

        return now.astimezone(ZoneInfo(self.time_zone)).date()

    def check_no_blackout(self, point: Point, end: End) -> None:
        """Raises `BlackoutAreaError`, with the end as its field, if no ride may have this end at the place."""
        for blackout in self.blackouts:
            if end in blackout.applies_to and blackout.area.holds(point):
                raise BlackoutAreaError(blackout.reason, field=end, area=blackout.id, reason=blackout.reason)

    @cached_property
    def areas(self) -> ServiceAreas:
        """The areas of `areas.geojson`."""
        return read_areas(self.folder / "areas.geojson", self)

    def _section[S: BaseModel](self, file: str, schema: type[S]) -> S:
        return schema.model_validate_json((self.folder / file).read_text(encoding="utf-8"))


@dataclass(frozen=True, eq=False)
class Markets:
    """Every market of a deployment."""

    all: tuple[Market, ...]

    @cached_property
    def zones(self) -> tuple[Zone, ...]:
        """Every zone of every market."""
        return tuple(zone for market in self.all for zone in market.zones)

    @cached_property
    def zone_ids(self) -> tuple[str, ...]:
        return tuple(zone.id for zone in self.zones)

    def named(self, market_id: str) -> Market:
        """The market with this id, which comes from a row or a message.

        Raises `MarketWithdrawnError` if it is not deployed.
        """
        market = self._by_id.get(market_id)
        if market is None:
            raise MarketWithdrawnError("We do not drive in this market any more.")
        return market

    def zone(self, zone_id: str) -> Zone:
        """The zone with this id, which comes from a row or a message.

        Raises `MarketWithdrawnError` if it is not deployed.
        """
        zone = self.find_zone(zone_id)
        if zone is None:
            raise MarketWithdrawnError("We do not drive in this zone any more.")
        return zone

    def find_zone(self, zone_id: str) -> Zone | None:
        """The zone with this id, which comes from a row or a message; None if it is not deployed."""
        return self._by_zone_id.get(zone_id)

    def rules_of(self, market_id: str) -> Rules:
        """The rules for the rows of a market; the rules of `withdrawn` if the market is not deployed."""
        market = self._by_id.get(market_id)
        if market is not None:
            return market.rules
        from rideflow.markets.withdrawn import RULES

        return RULES

    def zone_ids_of(self, market_id: str) -> tuple[str, ...]:
        """The ids of the market's zones; none if it is not deployed."""
        market = self._by_id.get(market_id)
        return () if market is None else market.zone_ids

    def zone_at(self, point: Point, *, field: str | None = None) -> Zone:
        """The zone that holds the point. Raises `OutsideServiceAreaError`, with `field`, if none does."""
        for zone in self.zones:
            if zone.holds(point):
                return zone
        raise OutsideServiceAreaError("This place is outside the area we serve.", field=field)

    def check_product(self, product_id: str, *, field: str) -> None:
        """Raises `UnknownProductError`, with `field`, if no market offers the product."""
        offered = list(dict.fromkeys(each for market in self.all for each in market.products))
        if product_id not in offered:
            raise UnknownProductError("This is offered nowhere.", field=field, products=offered)

    @cached_property
    def vehicle_classes(self) -> tuple[VehicleClass, ...]:
        """The vehicle classes that drive in any market, each once."""
        return tuple(dict.fromkeys(each for market in self.all for each in market.vehicle_classes))

    def today_somewhere(self, now: datetime) -> date:
        """The earliest date in any of the markets, for a person whose market is not known."""
        return min(market.today(now) for market in self.all)

    @cached_property
    def _by_id(self) -> Mapping[str, Market]:
        return {market.id: market for market in self.all}

    @cached_property
    def _by_zone_id(self) -> Mapping[str, Zone]:
        return {zone.id: zone for zone in self.zones}
