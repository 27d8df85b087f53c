import json
from typing import Any, Literal, cast
from uuid import UUID, uuid4

import pytest

from functions.riders import get_profile, on_user_registered, put_profile
from rideflow.kernel.access import Caller
from rideflow.kernel.sealing import SealedText, of_registration
from rideflow.kernel.wiring import seals
from tests.functions.cloud import Cloud
from tests.functions.lambda_events import Answer, LambdaContext, answer, event_of, rest_event, signed_in, sqs_event

HOME = {"point": {"lat": 37.7599, "lng": -122.4148}, "address": "Mission District"}
WHOLE = {
    "name": "Ada Lovelace",
    "phone": "+14155550199",
    "home": HOME,
    "work": {"point": {"lat": 37.7936, "lng": -122.3958}, "address": None},
    "favourites": [{"label": "Gym", "point": {"lat": 37.7694, "lng": -122.4862}, "address": None}],
    "preferences": {
        "product": "comfort",
        "language": "de-AT",
        "quiet_ride": True,
        "temperature": "cool",
        "wheelchair_access": False,
    },
}


@pytest.fixture
def rider(cloud: Cloud) -> Caller:
    return signed_in("rider")


def get(rider: Caller) -> Answer:
    return answer(get_profile.app, rest_event("GET", "/v1/riders/me", None, rider))


def put(rider: Caller, body: object) -> Answer:
    return answer(put_profile.app, rest_event("PUT", "/v1/riders/me", body, rider))


def sealed(text: str, person_id: UUID, what: str) -> SealedText:
    return seals().seal_text(text, [person_id], of_registration(person_id, cast(Literal["email", "name"], what)))


def tell_registered(person_id: UUID, role: str = "rider", name: str | None = "Ada") -> None:
    detail = {
        "id": str(uuid4()),
        "at": "2026-10-01T18:00:00Z",
        "person_id": str(person_id),
        "role": role,
        "email": sealed("ada@example.com", person_id, "email"),
        "name": None if name is None else sealed(name, person_id, "name"),
    }
    answered = on_user_registered.app(
        sqs_event(event_of("UserRegistered", "rideflow.identity", detail)), LambdaContext()
    )
    assert answered == {"batchItemFailures": []}


def test_a_rider_without_a_profile_has_an_empty_one(rider: Caller, cloud: Cloud) -> None:
    profile = get(rider)

    assert profile.status == 200
    assert (profile.body["id"], profile.body["version"], profile.body["name"]) == (str(rider.id), 0, None)
    assert cloud.rows("select 1 from riders") == []


def test_a_profile_that_was_written_by_former_rules_is_read(rider: Caller, cloud: Cloud) -> None:
    """Labels and addresses might hold what cannot be seen, and favourites the same label twice."""
    put(rider, WHOLE)
    place = {"point": HOME["point"], "address": "1 Main\u202e St"}
    favourite = {**place, "label": "Gym\u200b"}
    cloud.rows(
        "update riders set home = %s::jsonb, favourites = %s::jsonb",
        json.dumps(place),
        json.dumps([favourite, favourite]),
    )

    read = get(rider)

    assert read.status == 200
    assert (read.body["home"], read.body["favourites"]) == (place, [favourite, favourite])


def test_a_profile_that_newer_code_has_stored_is_read(rider: Caller, cloud: Cloud) -> None:
    """A release that is rolled back shows what it knows."""
    assert put(rider, WHOLE).status == 200
    cloud.rows('update riders set preferences = preferences || \'{"music": "jazz"}\' where id = %s', rider.id)

    assert get(rider).body["preferences"] == WHOLE["preferences"]


def test_a_profile_is_read_as_it_was_written(rider: Caller) -> None:
    written = put(rider, WHOLE)

    assert written.status == 200
    assert written.body | WHOLE == written.body
    assert written.body["version"] == 1
    assert get(rider).body == written.body


def test_what_is_left_out_is_emptied(rider: Caller) -> None:
    put(rider, WHOLE)

    written = put(rider, {"name": "Ada"})

    assert written.body["version"] == 2
    assert written.body["home"] is None
    assert written.body["favourites"] == []
    assert written.body["preferences"]["product"] is None


def test_everybody_has_their_own_profile(rider: Caller) -> None:
    other = signed_in("rider")
    put(rider, WHOLE)
    put(other, {"name": "Bob"})

    assert get(rider).body["name"] == "Ada Lovelace"
    assert get(other).body["name"] == "Bob"


def test_a_profile_that_was_changed_meanwhile_is_not_overwritten(rider: Caller) -> None:
    put(rider, {"name": "Ada", "version": 0})
    put(rider, {"name": "Ada L.", "version": 1})

    refused = put(rider, {"name": "A. L.", "version": 1})

    assert (refused.status, refused.code) == (409, "profile_changed")
    assert get(rider).body["name"] == "Ada L."


def test_a_version_of_a_profile_that_is_not_there_is_refused(rider: Caller, cloud: Cloud) -> None:
    assert put(rider, {"name": "Ada", "version": 3}).code == "profile_changed"
    assert cloud.rows("select 1 from riders") == []


def test_registering_begins_the_profile(rider: Caller) -> None:
    tell_registered(rider.id)
    tell_registered(rider.id)

    profile = get(rider).body
    assert (profile["email"], profile["name"], profile["version"]) == ("ada@example.com", "Ada", 0)


def test_late_news_of_the_registration_add_the_email_and_change_nothing_the_rider_wrote(rider: Caller) -> None:
    put(rider, {"name": "Countess Lovelace", "phone": "+14155550199"})

    tell_registered(rider.id)

    profile = get(rider).body
    assert (profile["email"], profile["name"]) == ("ada@example.com", "Countess Lovelace")
    assert (profile["phone"], profile["version"]) == ("+14155550199", 1)


def test_a_profile_that_registering_began_is_written_at_version_zero(rider: Caller) -> None:
    tell_registered(rider.id)

    written = put(rider, {"name": "Ada L.", "version": 0})

    assert (written.status, written.body["version"], written.body["email"]) == (200, 1, "ada@example.com")


def test_a_drivers_registration_makes_no_riders_profile(cloud: Cloud) -> None:
    tell_registered(uuid4(), role="driver")

    assert cloud.rows("select 1 from riders") == []


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": None}, "name"),
        ({"phone": "555"}, "phone"),
        ({"home": {"point": {"lat": 91, "lng": 0}}}, "home.point.lat"),
        ({"home": {"point": {"lat": 37.7}}}, "home.point.lng"),
        ({"home": {"point": {"lat": 37.7, "lng": -122.4}, "owner": "me"}}, "home.owner"),
        ({"favourites": [{"point": {"lat": 37.7, "lng": -122.4}}]}, "favourites.0.label"),
        ({"favourites": [WHOLE["favourites"][0]] * 21}, "favourites"),  # type: ignore[index]
        ({"favourites": [{**WHOLE["favourites"][0], "label": each} for each in ("Gym", "GYM")]}, "favourites"),  # type: ignore[index]
        ({"preferences": {"product": "Rocket!"}}, "preferences.product"),
        ({"preferences": {"language": "../../etc"}}, "preferences.language"),
        ({"email": "mallory@example.com"}, "email"),
        ({"id": "0199a0b1-0000-7000-8000-000000000001"}, "id"),
        ({"version": -1}, "version"),
        ({"version": 2**40}, "version"),
    ],
)
def test_a_profile_that_makes_no_sense_is_refused_by_the_field(
    rider: Caller, cloud: Cloud, changes: dict[str, Any], field: str
) -> None:
    refused = put(rider, WHOLE | changes)

    assert (refused.status, refused.code) == (422, "invalid_input")
    assert field in {error["field"] for error in refused.body["errors"]}
    assert cloud.rows("select 1 from riders") == []


def test_a_product_that_no_market_offers_is_nobody_s_preference(rider: Caller, cloud: Cloud) -> None:
    refused = put(rider, WHOLE | {"preferences": {"product": "rocket"}})

    assert (refused.status, refused.code) == (422, "unknown_product")
    assert refused.body["errors"][0]["field"] == "preferences.product"
    assert refused.body["products"] == ["economy", "comfort", "xl"]
    assert cloud.rows("select 1 from riders") == []


@pytest.mark.parametrize("body", ["{", "", "[]", "null", '"Ada"', '{"name": "A\\u0000da"}'])
def test_a_body_that_is_no_profile_is_refused(rider: Caller, cloud: Cloud, body: str) -> None:
    assert put(rider, body).status in {400, 422}
    assert cloud.rows("select 1 from riders") == []


def test_a_driver_has_no_riders_profile(cloud: Cloud) -> None:
    driver = signed_in("driver")

    assert get(driver).status == put(driver, WHOLE).status == 403


def test_nobody_without_signing_in_has_a_profile(cloud: Cloud) -> None:
    assert answer(get_profile.app, rest_event("GET", "/v1/riders/me")).status == 401
