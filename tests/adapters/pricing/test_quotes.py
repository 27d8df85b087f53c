from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from uuid import UUID

import psycopg
import pytest

from rideflow.kernel.geo import Point
from rideflow.kernel.idempotency import IdempotencyKey, IdempotencyKeyReusedError
from rideflow.kernel.ids import uuid7
from rideflow.markets.errors import OutsideServiceAreaError
from rideflow.markets.versions import version_of
from rideflow.pricing.errors import QuoteExpiredError, QuoteNotFoundError
from rideflow.pricing.model import QUOTE_VALID_FOR, Driven
from rideflow.pricing.routes import usual_route
from rideflow.pricing.service import Pricing, QuoteView, RequestQuote
from rideflow.pricing.store import PostgresQuotes
from tests.databases import database_at
from tests.market_data import DEPLOYED, SAN_FRANCISCO

NOW = datetime(2026, 10, 1, 18, 0, tzinfo=UTC)
RIDER = UUID("6f1c1c5e-2f0b-4c39-9a5e-2f6b8d6f3a01")
WANTED = RequestQuote(
    pickup=Point(lat=37.7955, lng=-122.3937), dropoff=Point(lat=37.7599, lng=-122.4148), product="economy"
)


@pytest.fixture
def pricing(database_url: str) -> Iterator[Pricing]:
    with a_pricing(database_url) as pricing:
        yield pricing


@contextmanager
def a_pricing(database_url: str) -> Iterator[Pricing]:
    """Pricing on a connection of its own."""
    database = database_at(database_url)
    try:
        yield Pricing(PostgresQuotes(database), usual_route, DEPLOYED, lambda: NOW)
    finally:
        database.close()


def ask(pricing: Pricing, wanted: RequestQuote = WANTED, key: str | None = None) -> QuoteView:
    return pricing.quote(RIDER, wanted, IdempotencyKey.of(RIDER, "request_quote", key or str(uuid7()), wanted))


def test_a_quote_is_honoured_as_it_was_shown(pricing: Pricing) -> None:
    shown = ask(pricing)
    kept = pricing.usable_quote(shown.id, RIDER, NOW)
    assert QuoteView.model_validate(kept) == shown
    assert kept.breakdown.total_minor == kept.amount_minor == shown.amount_minor


def test_a_quote_keeps_its_rates_and_their_name_which_is_that_of_the_final_fare(pricing: Pricing) -> None:
    rate = SAN_FRANCISCO.rates["economy"]
    kept = pricing.given_quote(ask(pricing).id)

    assert (kept.rate, kept.rates_version) == (rate, version_of("rates", rate))
    assert pricing.final_fare(kept.id, None).reasons.rates_version == kept.rates_version


def test_every_class_has_its_price(pricing: Pricing) -> None:
    economy, comfort, extra_large = (
        ask(pricing, WANTED.model_copy(update={"product": name})).amount_minor for name in ("economy", "comfort", "xl")
    )
    assert economy < comfort < extra_large


def test_a_quote_holds_for_two_minutes_and_no_longer(pricing: Pricing) -> None:
    quote = ask(pricing)
    pricing.usable_quote(quote.id, RIDER, NOW + QUOTE_VALID_FOR - timedelta(microseconds=1))
    with pytest.raises(QuoteExpiredError):
        pricing.usable_quote(quote.id, RIDER, NOW + QUOTE_VALID_FOR)


def test_another_riders_quote_does_not_exist(pricing: Pricing) -> None:
    quote = ask(pricing)
    for quote_id, rider_id in ((quote.id, uuid7()), (uuid7(), RIDER)):
        with pytest.raises(QuoteNotFoundError):
            pricing.usable_quote(quote_id, rider_id, NOW)


@pytest.mark.parametrize("end", ["pickup", "dropoff"])
def test_a_place_that_nobody_serves_gets_no_quote_and_is_named(pricing: Pricing, end: str) -> None:
    with pytest.raises(OutsideServiceAreaError) as refused:
        ask(pricing, WANTED.model_copy(update={end: Point(lat=48.2, lng=16.37)}))
    assert refused.value.field == end


def test_the_same_key_twice_is_one_quote_and_another_request_under_it_is_refused(pricing: Pricing) -> None:
    first = ask(pricing, key="key-of-a-phone")
    assert ask(pricing, key="key-of-a-phone") == first
    with pytest.raises(IdempotencyKeyReusedError):
        ask(pricing, WANTED.model_copy(update={"product": "xl"}), key="key-of-a-phone")


@pytest.mark.race
def test_the_same_key_at_once_is_one_quote(database_url: str) -> None:
    with ExitStack() as exits, ThreadPoolExecutor(6) as pool:
        several = [exits.enter_context(a_pricing(database_url)) for _ in range(6)]
        quotes = list(pool.map(lambda pricing: ask(pricing, key="key-of-a-phone"), several))
    assert len({quote.id for quote in quotes}) == 1
    with psycopg.connect(database_url) as connection:
        assert connection.execute("select count(*) from quotes").fetchone() == (1,)


def test_the_final_fare_uses_the_rates_of_the_quote(pricing: Pricing, database_url: str) -> None:
    quote = ask(pricing)
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("update quotes set rate = rate || '{\"base_minor\": 320}'")
    final = pricing.final_fare(quote.id, Driven(distance_m=4_000, duration_s=600)).breakdown
    assert final.amount("base") == 320


def test_a_quote_keeps_the_line_that_the_routing_port_knows(pricing: Pricing) -> None:
    line = "{|teFr_`jVn}EzbC"
    with_line = Pricing(
        pricing._quotes, lambda *ends: usual_route(*ends).model_copy(update={"line": line}), DEPLOYED, lambda: NOW
    )

    assert pricing.given_quote(ask(with_line).id).line == line
    assert pricing.given_quote(ask(pricing).id).line is None


def test_the_final_fare_of_a_quote_that_never_was_is_refused(pricing: Pricing) -> None:
    with pytest.raises(QuoteNotFoundError):
        pricing.final_fare(uuid7(), None)
