"""A market, or a zone, that a row still names and that is not deployed any more."""

import pytest

from rideflow.kernel.problems import status_of
from rideflow.markets import withdrawn
from rideflow.markets.errors import MarketWithdrawnError
from tests.market_data import DEPLOYED, SAN_FRANCISCO


def test_a_market_and_a_zone_that_are_not_deployed_are_refused_by_a_code() -> None:
    with pytest.raises(MarketWithdrawnError) as market:
        DEPLOYED.named("atlantis")
    with pytest.raises(MarketWithdrawnError) as zone:
        DEPLOYED.zone("atlantis-north")

    assert market.value.code == zone.value.code == "market_withdrawn"
    assert status_of(MarketWithdrawnError) == 409
    assert (DEPLOYED.find_zone("sf-bay"), DEPLOYED.find_zone("atlantis-north")) == (DEPLOYED.zone("sf-bay"), None)


def test_its_trips_have_rules_of_their_own_and_no_zones() -> None:
    assert DEPLOYED.rules_of("atlantis") is withdrawn.RULES
    assert DEPLOYED.zone_ids_of("atlantis") == ()
    assert DEPLOYED.rules_of("san_francisco") is SAN_FRANCISCO.rules
    assert DEPLOYED.zone_ids_of("san_francisco") == SAN_FRANCISCO.zone_ids


def test_these_rules_have_the_times_of_the_table_of_timeouts_and_no_fee() -> None:
    free = SAN_FRANCISCO.rules.cancellation.model_copy(update={"cancellation_fee_minor": 0})

    assert SAN_FRANCISCO.rules.model_copy(update={"cancellation": free}) == withdrawn.RULES
