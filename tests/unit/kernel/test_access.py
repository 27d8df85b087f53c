from uuid import UUID

import pytest

from rideflow.kernel.access import Caller, PermissionMissingError
from rideflow.kernel.errors import UnauthenticatedError

ID = UUID("6f1c1c5e-2f0b-4c39-9a5e-2f6b8d6f3a01")


def test_the_caller_is_the_authorizers() -> None:
    caller = Caller.of({"person_id": str(ID), "roles": "rider driver", "permissions": "trip:read trip:create"})

    assert caller == Caller(ID, frozenset({"rider", "driver"}), frozenset({"trip:read", "trip:create"}))


@pytest.mark.parametrize("context", [None, {}, {"principalId": "x"}])
def test_without_an_authorizers_word_nobody_is_signed_in(context: dict[str, str] | None) -> None:
    with pytest.raises(UnauthenticatedError):
        Caller.of(context)


def test_a_permission_is_there_whole_or_not_at_all() -> None:
    caller = Caller.of({"person_id": str(ID), "permissions": "trip:read:any"})

    assert caller.require("trip:read", "trip:read:any") is caller
    with pytest.raises(PermissionMissingError):
        caller.require("trip:read")
