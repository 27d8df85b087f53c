from typing import Any
from uuid import uuid4

import pytest

from functions.drivers import register_driver
from rideflow.kernel.person_keys import PersonKeys, PersonKeysUnavailableError
from tests.functions.cloud import Cloud
from tests.functions.drivers.conftest import CAR, PERSON, App, verify
from tests.functions.lambda_events import answer, rest_event, signed_in


def test_a_person_registers_as_a_driver(app: App, cloud: Cloud) -> None:
    registered = app.register()

    assert registered.status == 201
    assert registered.body["id"] == str(app.id)
    assert registered.body["state"] == "registered"
    assert registered.body["licence"] == "D1234567"
    assert not registered.body["online"]
    assert app.me().body == registered.body
    [event] = cloud.published()
    assert (event["source"], event["detail-type"]) == ("rideflow.drivers", "DriverRegistered")
    assert event["detail"]["driver_id"] == str(app.id)


def test_nothing_personal_travels_on_the_bus(app: App, cloud: Cloud) -> None:
    app.register()

    [event] = cloud.published()

    assert set(event["detail"]) == {"id", "at", "driver_id"}


def test_the_same_key_again_answers_alike_and_publishes_nothing_more(app: App, cloud: Cloud) -> None:
    first = app.register("0123456789abcdef")
    cloud.published()

    again = app.register("0123456789abcdef")

    assert (again.status, again.body) == (201, first.body)
    assert cloud.published() == []
    assert len(cloud.rows("select 1 from outbox")) == 1


def test_a_second_registration_is_a_conflict(app: App) -> None:
    app.register()

    assert (app.register(name="Somebody Else").status, app.register().code) == (409, "driver_exists")
    assert app.me().body["name"] == "Grace Hopper"


def test_what_a_repeat_is_answered_is_kept_sealed_for_the_driver(app: App, cloud: Cloud) -> None:
    app.register("0123456789abcdef")
    app.add_vehicle("fedcba9876543210")

    kept = [row["response"] for row in cloud.rows("select response from idempotency_keys")]
    assert [response.startswith(f"sealed.1.{app.id}.") for response in kept] == [True, True]
    for word in (PERSON["name"], PERSON["phone"], PERSON["licence"], CAR["plate"]):
        assert str(word).lower() not in str(kept).lower()


def test_nobody_is_registered_while_the_keys_cannot_be_read(
    app: App, cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    def silent(*_asked: object) -> None:
        raise PersonKeysUnavailableError("please try again")

    with monkeypatch.context() as patched:
        patched.setattr(PersonKeys, "find", silent)
        refused = app.register("0123456789abcdef")
    assert (refused.status, refused.code) == (503, "person_keys_unavailable")
    assert cloud.rows("select from drivers") == []

    assert app.register("0123456789abcdef").status == 201


def test_without_a_key_nobody_is_registered(app: App, cloud: Cloud) -> None:
    refused = answer(register_driver.app, rest_event("POST", "/v1/drivers/me", PERSON, app.caller))

    assert refused.status == 422
    assert cloud.rows("select 1 from drivers") == []


def test_before_registering_there_is_no_driver(app: App) -> None:
    for refused in (app.me(), app.add_vehicle(), app.go_online(str(uuid4())), app.go_offline(), verify(app.id)):
        assert (refused.status, refused.code) == (404, "driver_not_found")


@pytest.mark.parametrize(
    "changes",
    [
        {"name": ""},
        {"name": "x" * 101},
        {"name": "   "},
        {"phone": "0415 555 0123"},
        {"phone": "+1"},
        {"phone": "+" + "1" * 16},
        {"phone": 14155550123},
        {"licence": "'; drop table drivers; --"},
        {"licence": "x"},
        {"licence_expires_on": "tomorrow"},
        {"verified": True},
        {"state": "verified"},
        {"id": "0199a0b1-0000-7000-8000-000000000001"},
    ],
)
def test_a_registration_that_makes_no_sense_stores_nothing(app: App, cloud: Cloud, changes: dict[str, Any]) -> None:
    refused = app.register(**changes)

    assert (refused.status, refused.code) == (422, "invalid_input")
    assert refused.body["errors"][0]["field"].split(".")[0] == next(iter(changes))
    assert cloud.rows("select 1 from drivers") == cloud.rows("select 1 from outbox") == []


def test_an_expired_licence_is_not_accepted(app: App) -> None:
    refused = app.register(licence_expires_on="2020-01-01")

    assert (refused.status, refused.code) == (409, "licence_expired")


def test_sql_in_a_name_is_a_name(app: App) -> None:
    name = "Robert'); drop table drivers; -- %(id)s %s"

    assert app.register(name=name).body["name"] == name
    assert app.me().body["name"] == name


def test_a_rider_cannot_register_as_a_driver(cloud: Cloud) -> None:
    refused = App(signed_in("rider")).register()

    assert (refused.status, refused.code) == (403, "permission_missing")
    assert cloud.rows("select 1 from drivers") == []


def test_a_vehicle_is_added_with_its_plate_as_it_is_read(app: App) -> None:
    app.register()

    added = app.add_vehicle()

    assert added.status == 201
    assert added.body["plate"] == "8ABC123"
    assert app.me().body["vehicles"] == [added.body]


def test_a_vehicle_is_added_once_for_a_key(app: App) -> None:
    app.register()

    first, again = app.add_vehicle("0123456789abcdef"), app.add_vehicle("0123456789abcdef")

    assert first.body == again.body
    assert len(app.me().body["vehicles"]) == 1


def test_a_key_of_another_vehicle_is_refused(app: App) -> None:
    app.register()
    app.add_vehicle("0123456789abcdef")

    refused = app.add_vehicle("0123456789abcdef", plate="9XYZ999")

    assert (refused.status, refused.code) == (422, "idempotency_key_reused")


def test_a_plate_written_another_way_is_the_same_vehicle(app: App) -> None:
    app.register()
    app.add_vehicle(plate="8ABC123")

    refused = app.add_vehicle(plate=" 8 abc-123 ")

    assert (refused.status, refused.code) == (409, "vehicle_exists")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"plate": "!"}, "invalid_input"),
        ({"plate": "A" * 11}, "invalid_input"),
        ({"plate": 8}, "invalid_input"),
        ({"year": 1899}, "invalid_input"),
        ({"year": 10**30}, "invalid_input"),
        ({"year": 2023.5}, "invalid_input"),
        ({"year": 1990}, "vehicle_year"),
        ({"year": 2199}, "vehicle_year"),
        ({"vehicle_class": "limousine"}, "unknown_vehicle_class"),
        ({"vehicle_class": "Stretch Limo"}, "invalid_input"),
        ({"make": "\x01"}, "invalid_input"),
        ({"colour": ""}, "invalid_input"),
        ({"driver_id": "0199a0b1-0000-7000-8000-000000000001"}, "invalid_input"),
    ],
)
def test_a_vehicle_that_makes_no_sense_is_not_added(app: App, changes: dict[str, Any], code: str) -> None:
    app.register()

    refused = app.add_vehicle(**changes)

    assert (refused.status, refused.code) == (422, code)
    assert refused.body["errors"][0]["field"] == next(iter(changes))
    assert app.me().body["vehicles"] == []


def test_an_operator_verifies_a_driver(app: App, cloud: Cloud) -> None:
    app.register()
    cloud.published()
    operator = signed_in("operator")

    verified = verify(app.id, operator)

    assert verified.status == 200
    assert verified.body["state"] == "verified"
    [event] = cloud.published()
    assert event["detail-type"] == "DriverVerified"
    assert event["detail"]["verified_by"] == str(operator.id)


def test_verifying_again_succeeds_and_says_nothing_new(app: App, cloud: Cloud) -> None:
    app.register()
    first = verify(app.id)
    cloud.published()

    assert verify(app.id).body == first.body
    assert cloud.published() == []


@pytest.mark.parametrize("role", ["driver", "rider"])
def test_nobody_else_verifies_a_driver(app: App, role: str) -> None:
    app.register()

    assert verify(app.id, signed_in(role)).status == 403
    assert verify(app.id, app.caller).status == 403
    assert app.me().body["state"] == "registered"


def test_an_admin_verifies_a_driver(app: App) -> None:
    app.register()

    assert verify(app.id, signed_in("admin")).status == 200


def test_a_driver_id_that_is_none_is_refused(cloud: Cloud) -> None:
    assert verify("nobody").status == 422
    assert verify(uuid4()).code == "driver_not_found"


def test_what_an_operator_verified_or_could_not_is_in_the_audit_log(app: App, cloud: Cloud) -> None:
    operator, nobody = signed_in("operator"), uuid4()
    app.register()

    assert (verify(app.id, operator).status, verify(app.id, operator).status) == (200, 200)
    assert verify(nobody, operator).status == 404

    rows = cloud.rows("select action, outcome, details, operator_id from operator_actions order by at, id")
    assert [(row["action"], row["outcome"], row["details"]["driver_id"]) for row in rows] == [
        ("verify_driver", "done", str(app.id)),
        ("verify_driver", "done", str(app.id)),
        ("verify_driver", "driver_not_found", str(nobody)),
    ]
    assert {row["operator_id"] for row in rows} == {operator.id}


def test_a_driver_is_not_verified_if_that_cannot_be_audited(app: App, cloud: Cloud) -> None:
    app.register()
    cloud.published()
    cloud.rows("alter table operator_actions add constraint full_disk check (false)")

    assert verify(app.id, signed_in("operator")).status == 500

    assert app.me().body["state"] == "registered"
    assert cloud.published() == []
    assert cloud.rows("select type from outbox where type = 'DriverVerified'") == []
