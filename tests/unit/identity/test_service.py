from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from pydantic import ValidationError

from rideflow.identity.accounts import Person, Tokens
from rideflow.identity.api import Confirm, Login, Logout, Refresh, Register
from rideflow.identity.errors import CodeMismatchError
from rideflow.identity.events import UserRegistered
from rideflow.identity.model import Role
from rideflow.identity.service import Identity
from rideflow.kernel.events import DomainEvent

NOW = datetime(2026, 10, 1, 18, 0, tzinfo=UTC)
PASSWORD = "correct-Horse-7-battery"


class OneAccount:
    """A directory in memory with room for one account."""

    def __init__(self) -> None:
        self.person: Person | None = None
        self.revoked: list[str] = []
        self.rotated: str | None = None

    def sign_up(self, email: str, password: str, role: Role, name: str | None) -> UUID:
        self.person = Person(uuid4(), email, role, name)
        return self.person.id

    def confirm(self, email: str, code: str) -> Person:
        if self.person is None or (email, code) != (self.person.email, "123456"):
            raise CodeMismatchError("The code is wrong or has expired.", field="code")
        return self.person

    def sign_in(self, email: str, password: str) -> Tokens:
        return Tokens("access", "refresh", 3600)

    def refresh(self, refresh_token: str) -> Tokens:
        return Tokens("access-2", self.rotated, 3600)

    def revoke(self, refresh_token: str) -> None:
        self.revoked.append(refresh_token)


@pytest.fixture
def accounts() -> OneAccount:
    return OneAccount()


@pytest.fixture
def published() -> list[DomainEvent]:
    return []


@pytest.fixture
def identity(accounts: OneAccount, published: list[DomainEvent]) -> Identity:
    return Identity(accounts, published.append, lambda: NOW)


def registration(**changes: Any) -> Register:
    return Register.model_validate({"email": "ada@example.com", "password": PASSWORD, "role": "rider"} | changes)


def test_confirming_tells_the_others_who_registered(
    identity: Identity, accounts: OneAccount, published: list[DomainEvent]
) -> None:
    registered = identity.register(registration(name="Ada"))
    assert published == []

    identity.confirm(Confirm(email="ada@example.com", code="123456"))

    [event] = published
    assert isinstance(event, UserRegistered)
    assert (event.person_id, event.role, event.email, event.name) == (
        registered.person_id,
        "rider",
        "ada@example.com",
        "Ada",
    )


def test_confirming_again_tells_it_under_the_same_id(identity: Identity, published: list[DomainEvent]) -> None:
    identity.register(registration())

    for _ in range(2):
        identity.confirm(Confirm(email="ada@example.com", code="123456"))

    first, again = published
    assert first.id == again.id


def test_a_wrong_code_tells_nobody_anything(identity: Identity, published: list[DomainEvent]) -> None:
    identity.register(registration())

    with pytest.raises(CodeMismatchError):
        identity.confirm(Confirm(email="ada@example.com", code="654321"))

    assert published == []


def test_a_bus_that_does_not_answer_does_not_undo_the_confirmation(accounts: OneAccount) -> None:
    def down(_event: DomainEvent) -> None:
        raise OSError("no route to EventBridge")

    identity = Identity(accounts, down, lambda: NOW)
    identity.register(registration())

    assert identity.confirm(Confirm(email="ada@example.com", code="123456")).status == "confirmed"


def test_an_email_is_the_same_in_any_case(identity: Identity, accounts: OneAccount) -> None:
    identity.register(registration(email="Ada.Lovelace@Example.COM"))

    assert accounts.person is not None
    assert accounts.person.email == "ada.lovelace@example.com"


def test_the_refresh_token_stays_unless_cognito_gives_another(identity: Identity, accounts: OneAccount) -> None:
    presented = Refresh.model_validate({"refresh_token": "refresh"})

    assert identity.refresh(presented).refresh_token == "refresh"
    accounts.rotated = "refresh-2"
    assert identity.refresh(presented).refresh_token == "refresh-2"


def test_logging_out_revokes_the_refresh_token(identity: Identity, accounts: OneAccount) -> None:
    identity.logout(Logout.model_validate({"refresh_token": "refresh"}))

    assert accounts.revoked == ["refresh"]


@pytest.mark.parametrize("role", ["operator", "admin", "Rider", "", "rider driver", None])
def test_nobody_chooses_another_role_than_rider_or_driver(role: str | None) -> None:
    with pytest.raises(ValidationError):
        registration(role=role)


@pytest.mark.parametrize(
    "email",
    [
        "",
        "ada",
        "ada@",
        "@example.com",
        "ada@example",
        "a b@example.com",
        "ada@@example.com",
        "a@b.",
        "a\n@b.c",
        "x@" + "y" * 125 + ".io",
    ],
)
def test_what_is_no_email_is_refused(email: str) -> None:
    with pytest.raises(ValidationError):
        registration(email=email)


def test_a_password_shows_in_no_repr() -> None:
    login = Login.model_validate({"email": "ada@example.com", "password": PASSWORD})

    for shown in (repr(login), str(login), repr(login.model_dump()), login.model_dump_json(), repr(registration())):
        assert PASSWORD not in shown
