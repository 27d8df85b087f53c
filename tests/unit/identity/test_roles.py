from rideflow.identity.model import PERMISSIONS, Role, permissions_of, roles_in


def test_every_role_has_its_permissions() -> None:
    assert set(PERMISSIONS) == set(Role)


def test_an_admin_may_do_what_an_operator_may() -> None:
    assert PERMISSIONS[Role.ADMIN] > PERMISSIONS[Role.OPERATOR]


def test_only_operations_staff_may_verify_drivers_and_read_and_dispatch_every_trip() -> None:
    staff_only = {"driver:verify", "trip:read:any", "trip:dispatch", "zone:read", "zone:write", "role:manage"}

    assert not staff_only & (PERMISSIONS[Role.RIDER] | PERMISSIONS[Role.DRIVER])


def test_a_rider_cannot_answer_offers_and_a_driver_cannot_request_trips() -> None:
    assert "offer:answer" not in PERMISSIONS[Role.RIDER]
    assert "trip:create" not in PERMISSIONS[Role.DRIVER]


def test_two_roles_permit_what_either_does() -> None:
    both = set(permissions_of([Role.RIDER, Role.DRIVER]))

    assert both == PERMISSIONS[Role.RIDER] | PERMISSIONS[Role.DRIVER]


def test_a_group_that_is_no_role_gives_nothing() -> None:
    assert roles_in(["rider", "Rider", "beta-testers", "rider"]) == [Role.RIDER]
