"""Permissions of roles: as a release ships them, and after changes by staff."""

import pytest

from rideflow.identity.errors import RolesUnavailableError
from rideflow.identity.model import Role, RoleChange, Roles, known_permissions, shipped_roles
from rideflow.identity.roles_in_force import FRESH_FOR_S, RolesInForce
from tests.clocks import Watch

ROLES = shipped_roles()


def permitted(*roles: str, of: Roles = ROLES) -> set[str]:
    return set(of.permissions_of(roles))


def test_every_permission_of_a_role_is_a_known_one() -> None:
    assert permitted(*ROLES.by_name) == known_permissions().keys()
    assert all(known_permissions().values())


def test_an_admin_may_do_what_an_operator_may() -> None:
    assert permitted("admin") > permitted("operator")


def test_only_operations_staff_may_verify_drivers_and_read_and_dispatch_every_trip() -> None:
    staff_only = {
        "driver:verify",
        "trip:read:any",
        "trip:dispatch",
        "zone:read",
        "zone:write",
        "role:manage",
        "market:watch",
    }

    assert not staff_only & permitted("rider", "driver")


def test_a_rider_cannot_answer_offers_and_a_driver_cannot_request_trips() -> None:
    assert "offer:answer" not in permitted("rider")
    assert "trip:create" not in permitted("driver")


def test_two_roles_permit_all_that_either_permits() -> None:
    assert permitted("rider", "driver") == permitted("rider") | permitted("driver")


def test_a_group_that_is_no_role_gives_nothing() -> None:
    assert ROLES.among(["rider", "Rider", "beta-testers", "rider"]) == ["rider"]


def test_people_choose_to_be_riders_or_drivers_and_nothing_else() -> None:
    assert set(ROLES.chosen().by_name) == {"rider", "driver"}


def test_a_change_grants_and_denies_beside_the_shipped_permissions() -> None:
    changes = [RoleChange("operator", granted=frozenset({"trip:rate"}), denied=frozenset({"zone:write"}))]

    assert permitted("operator", of=ROLES.changed(changes)) == permitted("operator") - {"zone:write"} | {"trip:rate"}
    assert permitted("rider", of=ROLES.changed(changes)) == permitted("rider")


def test_a_permission_that_is_granted_and_denied_is_denied() -> None:
    both = frozenset({"zone:write"})

    assert "zone:write" not in permitted("operator", of=ROLES.changed([RoleChange("operator", both, both)]))


def test_a_changed_role_keeps_its_other_permissions() -> None:
    changed = ROLES.changed([RoleChange("rider", frozenset({"zone:read"}))]).by_name["rider"]

    assert changed == Role("rider", "Orders rides", frozenset(permitted("rider") | {"zone:read"}), is_chosen=True)


def test_a_role_made_by_staff_permits_its_grants() -> None:
    roles = ROLES.changed([RoleChange("auditor", frozenset({"outbox:read"}))])

    assert roles.among(["auditor"]) == ["auditor"]
    assert permitted("auditor", of=roles) == {"outbox:read"}
    assert ROLES.among(["auditor"]) == []
    assert "auditor" not in roles.chosen().by_name


class Table:
    """The table of staff's changes; it may be silent. Counts the reads."""

    def __init__(self, *changes: RoleChange) -> None:
        self.changes = list(changes)
        self.is_silent = False
        self.asked = 0

    def all(self) -> list[RoleChange]:
        self.asked += 1
        if self.is_silent:
            raise RolesUnavailableError
        return self.changes


@pytest.fixture
def watch() -> Watch[float]:
    return Watch(1000.0)


NO_ZONES = RoleChange("operator", denied=frozenset({"zone:write"}))


def test_a_change_is_in_force_when_the_cached_table_has_expired(watch: Watch[float]) -> None:
    table = Table()
    in_force = RolesInForce(table, watch)
    assert "zone:write" in permitted("operator", of=in_force())

    table.changes = [NO_ZONES]
    watch.now += FRESH_FOR_S / 2
    assert "zone:write" in permitted("operator", of=in_force())
    assert table.asked == 1
    watch.now += FRESH_FOR_S / 2

    assert "zone:write" not in permitted("operator", of=in_force())
    assert table.asked == 2


def test_while_the_table_is_silent_the_last_read_holds_and_the_table_is_asked_no_more_often(
    watch: Watch[float],
) -> None:
    table = Table(NO_ZONES)
    in_force = RolesInForce(table, watch)
    in_force()
    table.is_silent = True
    watch.now += FRESH_FOR_S

    answers = [permitted("operator", of=in_force()) for _ in range(3)]

    assert answers == [permitted("operator") - {"zone:write"}] * 3
    assert table.asked == 2


def test_until_the_table_was_read_once_staff_may_nothing_and_others_have_their_shipped_permissions(
    watch: Watch[float],
) -> None:
    """Denied permissions of staff must not come back, but riders and drivers are on the road."""
    table = Table(NO_ZONES)
    table.is_silent = True
    in_force = RolesInForce(table, watch)

    assert in_force().among(["rider", "driver", "operator", "admin"]) == ["driver", "rider"]
    assert permitted("rider", of=in_force()) == permitted("rider")

    table.is_silent = False
    watch.now += FRESH_FOR_S
    assert permitted("operator", of=in_force()) == permitted("operator") - {"zone:write"}
