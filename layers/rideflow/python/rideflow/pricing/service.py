"""The use cases of pricing: giving quotes, checking that they are usable, and computing final fares."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Protocol
from uuid import UUID

from rideflow.kernel.clock import Clock
from rideflow.kernel.geo import Point
from rideflow.kernel.idempotency import IdempotencyKey
from rideflow.kernel.ids import uuid7
from rideflow.kernel.model import Request, View
from rideflow.kernel.money import AmountMinor, Currency
from rideflow.kernel.ride_requirements import Needs
from rideflow.kernel.vehicles import ProductId
from rideflow.markets.model import Market, Markets
from rideflow.markets.versions import version_of
from rideflow.markets.zones import Zone
from rideflow.pricing import model
from rideflow.pricing.errors import QuoteExpiredError, QuoteNotFoundError
from rideflow.pricing.model import NO_SURGE, QUOTE_VALID_FOR, Driven, FareBreakdown, FinalFare, Quote, Route

type RoutePlanner = Callable[[Point, Point, Market, datetime], Route]


class RequestQuote(Request):
    """A rider asks for the price of a ride. `needs` are the ride's requirements of its driver."""

    pickup: Point
    dropoff: Point
    product: ProductId
    needs: Needs = Needs()


class QuoteView(View):
    """A price that holds until `expires_at`."""

    id: UUID
    market: str
    zone: str
    product: ProductId
    needs: Needs = Needs()
    pickup: Point
    dropoff: Point
    distance_m: int
    duration_s: int
    surge: Decimal
    breakdown: FareBreakdown
    amount_minor: AmountMinor
    currency: Currency
    created_at: datetime
    expires_at: datetime


class Quotes(Protocol):
    """Stores quotes."""

    def add(self, quote: Quote, key: IdempotencyKey, view: QuoteView) -> QuoteView:
        """Store the quote and its response. A repeat of the key stores nothing and returns the first response."""
        ...

    def find(self, quote_id: UUID) -> Quote | None: ...


class Pricing:
    """The use cases of pricing."""

    def __init__(self, quotes: Quotes, plan_route: RoutePlanner, markets: Markets, clock: Clock) -> None:
        self._quotes = quotes
        self._plan_route = plan_route
        self._markets = markets
        self._clock = clock

    def quote(self, rider_id: UUID, request: RequestQuote, key: IdempotencyKey) -> QuoteView:
        """Promise a price.

        Raises `OutsideServiceAreaError` and `BlackoutAreaError` for a pickup or dropoff, `UnknownProductError`.
        """
        zone = self._markets.zone_at(request.pickup, field="pickup")
        to_zone = self._markets.zone_at(request.dropoff, field="dropoff")
        zone.market.check_no_blackout(request.pickup, "pickup")
        to_zone.market.check_no_blackout(request.dropoff, "dropoff")
        quote = self._priced(rider_id, request, zone)
        return self._quotes.add(quote, key, QuoteView.model_validate(quote))

    def usable_quote(self, quote_id: UUID, rider_id: UUID, now: datetime) -> Quote:
        """The rider's own quote, if it is still valid.

        Raises `QuoteNotFoundError`, `QuoteExpiredError`, and `MarketWithdrawnError` if a deploy has removed its market.
        """
        quote = self._quotes.find(quote_id)
        if quote is None or quote.rider_id != rider_id:
            raise QuoteNotFoundError("There is no such quote.", field="quote_id")
        if now >= quote.expires_at:
            raise QuoteExpiredError("This quote has expired; please ask for a new one.", field="quote_id")
        self._markets.named(quote.market)
        return quote

    def given_quote(self, quote_id: UUID) -> Quote:
        """A quote, even if it has expired: its price holds for rides that were ordered by it.

        Raises `QuoteNotFoundError`.
        """
        quote = self._quotes.find(quote_id)
        if quote is None:
            raise QuoteNotFoundError("There is no such quote.", field="quote_id")
        return quote

    def final_fare(self, quote_id: UUID, driven: Driven | None, waited_s: int = 0) -> FinalFare:
        """The fare of the driven path, by the quote's rates. If the path is not known, it is the quoted fare."""
        return model.final_fare(self.given_quote(quote_id), driven, waited_s)

    def _priced(self, rider_id: UUID, request: RequestQuote, zone: Zone) -> Quote:
        market, now = zone.market, self._clock()
        rate = market.rates.get(request.product)  # a deployed market has one for each product, and for nothing else
        if rate is None:
            raise market.unknown_product()
        route = self._plan_route(request.pickup, request.dropoff, market, now)
        breakdown = model.fare(rate, market.currency, route, surge=NO_SURGE)
        return Quote(
            id=uuid7(),
            rider_id=rider_id,
            market=market.id,
            zone=zone.id,
            product=request.product,
            needs=request.needs,
            pickup=request.pickup,
            dropoff=request.dropoff,
            distance_m=route.distance_m,
            duration_s=route.duration_s,
            line=route.line,
            rate=rate,
            rates_version=version_of("rates", rate),
            cancellation_terms=market.rules.cancellation.frozen,
            surge=NO_SURGE,
            breakdown=breakdown,
            amount_minor=breakdown.total_minor,
            currency=market.currency,
            created_at=now,
            expires_at=now + QUOTE_VALID_FOR,
        )
