"""Terms and rates have names that change exactly when a value does."""

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from rideflow.kernel.model import stored
from rideflow.markets.rates import RateCard
from rideflow.markets.rules import CancellationRules
from rideflow.markets.terms import LONGEST_RETRIES, FrozenTerms, Terms
from rideflow.markets.versions import version_of
from tests.market_data import SAN_FRANCISCO

TERMS = (
    '{"hold_margin": "1.25", "driver_share": "0.80", "capture_attempts": 3, "retry_after_s": 5, "retry_factor": 2,'
    ' "longest_retry_s": 60, "hold_lasts_s": 9}'
)
CANCELLATION = '{"cancellation_fee_minor": 500, "cancellation_grace_s": 120, "no_show_after_s": 300}'
RATE = (
    '{"base_minor": 220, "per_km_minor": "105", "per_minute_minor": "39", "minimum_minor": 700,'
    ' "waiting_per_minute_minor": "35", "waiting_free_s": 120, "route_kept_factor": "1.2"}'
)


def every_other_value(content: BaseModel) -> list[BaseModel]:
    """The content with one field greater, for each field."""
    return [content.model_copy(update={name: value + 1}) for name, value in content]


def test_a_name_stays_the_same_from_one_release_to_the_next() -> None:
    """Orders and quotes keep these names: a change of how they are made would make two of one version."""
    assert version_of("terms", Terms.model_validate_json(TERMS)) == "terms-24637611"
    assert version_of("rates", RateCard.model_validate_json(RATE)) == "rates-34cabbe5"
    assert CancellationRules.model_validate_json(CANCELLATION).frozen.version == "cancellation-4de370c1"


def test_waits_that_one_settlement_has_no_time_for_are_refused() -> None:
    """They would end its execution, which the sweep then starts again from the first wait."""
    longest = int(LONGEST_RETRIES.total_seconds())
    told = Terms.model_validate_json(TERMS).model_dump() | {"retry_factor": 1, "longest_retry_s": longest}

    assert Terms(**{**told, "capture_attempts": 3, "retry_after_s": longest // 2}).retry_wait_s(2) == longest // 2
    with pytest.raises(ValueError, match="waits between attempts"):
        Terms(**{**told, "capture_attempts": 3, "retry_after_s": longest // 2 + 1})


def test_terms_of_an_order_from_before_the_waits_grew_otherwise_double_them() -> None:
    document = json.loads(TERMS)
    former = {name: document[name] for name in document if name not in ("retry_factor", "longest_retry_s")}

    order = stored(FrozenTerms, {**former, "version": "terms-11741e29"})

    assert [order.retry_wait_s(declines) for declines in (1, 2, 3)] == [5, 10, 20]


@pytest.mark.parametrize("content", [SAN_FRANCISCO.terms, *SAN_FRANCISCO.rates.values()])
def test_each_value_counts(content: BaseModel) -> None:
    names = {version_of("of", each) for each in (content, *every_other_value(content))}

    assert len(names) == 1 + len(type(content).model_fields)


@pytest.mark.parametrize(
    "written",
    [
        TERMS.replace("0.80", "0.8"),
        TERMS.replace("0.80", "0.800"),
        TERMS.replace("1.25", "125e-2"),
        TERMS.replace(", ", ",\n  "),
        '{"hold_lasts_s": 9, ' + TERMS.removeprefix("{").replace(', "hold_lasts_s": 9', ""),
    ],
)
def test_how_a_file_is_written_does_not_count(written: str) -> None:
    assert written != TERMS
    assert version_of("terms", Terms.model_validate_json(written)) == version_of(
        "terms", Terms.model_validate_json(TERMS)
    )


def test_a_value_that_is_left_to_its_default_counts_as_if_it_were_written() -> None:
    written: dict[str, Any] = {**RateCard.model_validate_json(RATE).model_dump(), "route_kept_slack_m": 300}

    assert version_of("rates", RateCard(**written)) == version_of("rates", RateCard.model_validate_json(RATE))
    assert version_of("rates", RateCard(**{**written, "route_kept_slack_m": 301})) != version_of(
        "rates", RateCard(**written)
    )


@given(st.decimals(0, 1, places=6), st.decimals(0, 1, places=6))
def test_two_shares_have_one_name_only_if_they_are_equal(one: Decimal, other: Decimal) -> None:
    first, second = (SAN_FRANCISCO.terms.model_copy(update={"driver_share": each}) for each in (one, other))

    assert (version_of("terms", first) == version_of("terms", second)) == (one == other)


def test_frozen_terms_are_the_terms_with_their_name_and_are_read_again_as_they_were() -> None:
    frozen = SAN_FRANCISCO.terms.frozen

    assert frozen.model_dump(exclude={"version"}) == SAN_FRANCISCO.terms.model_dump()
    assert frozen.version == version_of("terms", SAN_FRANCISCO.terms)
    assert stored(FrozenTerms, {**frozen.model_dump(mode="json"), "a_later_term": 1}) == frozen
