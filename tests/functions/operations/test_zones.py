from typing import Any
from uuid import uuid4

import pytest

from functions.operations import list_waiting, list_zones, set_strategy
from rideflow.kernel.access import Caller
from tests.functions.dispatch.conftest import City
from tests.functions.lambda_events import Answer, answer, rest_event, signed_in
from tests.functions.operations.test_dispatch_trip import dispatched, waiting

JOINT = {"strategy": "joint", "offers_per_trip": 1, "offers_per_driver": 1, "forward_s": 0}


def zones(operator: Caller) -> dict[str, Any]:
    listed = answer(list_zones.app, rest_event("GET", "/v1/zones", None, operator))
    assert listed.status == 200
    return {zone["zone_id"]: zone for zone in listed.body["zones"]}


def set_to(caller: Caller, body: object, zone: str = "sf-bay") -> Answer:
    path, parameters = f"/v1/zones/{zone}/strategy", {"zone_id": zone}
    return answer(set_strategy.app, rest_event("PUT", path, body, caller, path_parameters=parameters))


def those_waiting(caller: Caller, zone: str = "sf-bay") -> Answer:
    path, parameters = f"/v1/zones/{zone}/waiting", {"zone_id": zone}
    return answer(list_waiting.app, rest_event("GET", path, None, caller, path_parameters=parameters))


def test_an_operator_sees_waiting_trips_and_the_drivers_they_were_offered_to(city: City) -> None:
    operator = signed_in("operator")
    first, second = waiting(city), waiting(city)
    driver = city.phone("driver", city.street.driver_at(18_000))
    dispatched(second, operator, {"driver_id": str(driver.id), "reason": "waits for long"})

    zone = zones(operator)["sf-bay"]
    trips = those_waiting(operator).body["trips"]

    assert (zone["waiting"], zone["waiting_since"]) == (2, trips[0]["waiting_since"])
    asked = [(trip["trip_id"], trip["drivers_asked"], trip["live_offers"], trip["is_promised"]) for trip in trips]
    assert asked == [(str(first), 0, 0, False), (str(second), 1, 1, False)]
    assert those_waiting(operator, "south-bay").body == {"trips": []}


def test_a_strategy_is_set_as_a_whole_and_audited_with_the_former_one(city: City) -> None:
    operator = signed_in("operator")
    assert {zone["zone_id"]: zone["strategy"] for zone in zones(operator).values()} == {
        "sf-bay": JOINT,
        "south-bay": JOINT,
    }
    broadcast = {"strategy": "broadcast", "offers_per_trip": 5, "offers_per_driver": 2, "forward_s": 60}

    assert set_to(operator, broadcast).body == broadcast
    assert zones(operator)["sf-bay"]["strategy"] == broadcast
    assert set_to(operator, {"strategy": "broadcast", "offers_per_trip": 3}).status == 200

    after = {"strategy": "broadcast", "offers_per_trip": 3, "offers_per_driver": 1, "forward_s": 0}
    assert zones(operator)["sf-bay"]["strategy"] == after
    actions = city.cloud.rows("select operator_id, action, details from operator_actions order by at")
    assert [(action["operator_id"], action["action"]) for action in actions] == [(operator.id, "set_strategy")] * 2
    details = [action["details"] for action in actions]
    assert details == [
        {"zone": "sf-bay", "before": None, "after": broadcast},
        {"zone": "sf-bay", "before": broadcast, "after": after},
    ]


def test_a_strategy_is_not_set_if_that_cannot_be_audited(city: City) -> None:
    city.cloud.rows("alter table operator_actions add constraint full_disk check (false)")

    assert set_to(signed_in("operator"), {"strategy": "broadcast"}).status == 500

    assert city.cloud.rows("select from zone_strategies") == []


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"strategy": "auction"}, "strategy"),
        ({"offers_per_trip": 0}, "offers_per_trip"),
        ({"offers_per_trip": 51}, "offers_per_trip"),
        ({"offers_per_driver": 11}, "offers_per_driver"),
        ({"forward_s": 181}, "forward_s"),
        ({"offers": 1}, "offers"),
    ],
)
def test_a_strategy_that_is_none_is_refused_by_its_field(city: City, body: object, field: str) -> None:
    refused = set_to(signed_in("operator"), body)

    assert (refused.status, refused.body["errors"][0]["field"]) == (422, field)
    assert city.cloud.rows("select from zone_strategies") == []


def test_an_unknown_zone_is_not_found_and_others_than_operators_are_refused(city: City) -> None:
    operator = signed_in("operator")
    assert [set_to(operator, {}, "atlantis").code, those_waiting(operator, "atlantis").code] == ["zone_not_found"] * 2

    for role in ("rider", "driver"):
        caller = signed_in(role, person_id=uuid4())
        assert [set_to(caller, {}).code, those_waiting(caller).code] == ["permission_missing"] * 2
    assert city.cloud.rows("select from operator_actions") == []
