from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from pydantic import ValidationError

from rideflow.identity.accounts import Person, Tokens
from rideflow.identity.api import Confirm, Login, Logout, Refresh, Register
from rideflow.identity.errors import CodeMismatchError, PasswordPolicyError
from rideflow.identity.events import UserRegistered
from rideflow.identity.model import Role
from rideflow.identity.service import Identity
from rideflow.kernel.events import DomainEvent

NOW = datetime(2026, 10, 1, 18, 0, tzinfo=UTC)
PASSWORD = "correct-Horse-7-battery"


class OneAccount:
    """A directory in memory with room for one account, which notes what it is asked."""

    def __init__(self) -> None:
        self.person: Person | None = None
        self.is_confirmed = False
        self.asked: list[str] = []
        self.revoked: list[str] = []
        self.rotated: str | None = None

    def sign_up(self, email: str, password: str, role: Role, name: str | None) -> None:
        self.person = self.person or Person(uuid4(), email, role, name)

    def confirm(self, email: str, code: str) -> Person:
        self.asked.append("confirm")
        if self.person is None or self.is_confirmed or (email, code) != (self.person.email, "123456"):
            raise CodeMismatchError("The code is wrong or has expired.", field="code")
        self.is_confirmed = True
        return self.person

    def confirmed(self, email: str) -> Person | None:
        self.asked.append("confirmed")
        return self.person if self.is_confirmed and self.person and self.person.email == email else None

    def sign_in(self, email: str, password: str) -> Tokens:
        return Tokens("access", "refresh", 3600)

    def refresh(self, refresh_token: str) -> Tokens:
        return Tokens("access-2", self.rotated, 3600)

    def revoke(self, refresh_token: str) -> None:
        self.revoked.append(refresh_token)


class CodesInMemory:
    def __init__(self) -> None:
        self.used: set[tuple[str, str]] = set()
        self.asked = 0

    def add(self, email: str, code: str) -> None:
        self.used.add((email, code))

    def has(self, email: str, code: str) -> bool:
        self.asked += 1
        return (email, code) in self.used


@pytest.fixture
def codes() -> CodesInMemory:
    return CodesInMemory()


@pytest.fixture
def accounts() -> OneAccount:
    return OneAccount()


@pytest.fixture
def published() -> list[DomainEvent]:
    return []


@pytest.fixture
def identity(accounts: OneAccount, codes: CodesInMemory, published: list[DomainEvent]) -> Identity:
    return Identity(accounts, codes, published.append, lambda: NOW)


def registration(**changes: Any) -> Register:
    return Register.model_validate({"email": "ada@example.com", "password": PASSWORD, "role": "rider"} | changes)


def test_confirming_tells_the_others_who_registered(
    identity: Identity, accounts: OneAccount, published: list[DomainEvent]
) -> None:
    identity.register(registration(name="Ada"))
    assert published == []

    identity.confirm(Confirm(email="ada@example.com", code="123456"))

    [event] = published
    assert isinstance(event, UserRegistered)
    assert accounts.person is not None
    assert (event.person_id, event.role, event.email, event.name) == (
        accounts.person.id,
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


def test_a_confirmed_account_is_not_told_from_one_that_is_not_there(identity: Identity, accounts: OneAccount) -> None:
    identity.register(registration())
    identity.confirm(Confirm(email="ada@example.com", code="123456"))
    refusals, questions = [], []

    for email in ("ada@example.com", "nobody@example.com"):
        accounts.asked.clear()
        with pytest.raises(CodeMismatchError) as refusal:
            identity.confirm(Confirm(email=email, code="654321"))
        refusals.append((str(refusal.value), refusal.value.field, refusal.value.extra))
        questions.append(list(accounts.asked))

    assert refusals[0] == refusals[1]
    assert questions[0] == questions[1]


def test_whoever_is_refused_has_waited_for_the_same_questions(identity: Identity, codes: CodesInMemory) -> None:
    identity.register(registration())

    for email in ("ada@example.com", "nobody@example.com"):
        codes.asked = 0
        with pytest.raises(CodeMismatchError):
            identity.confirm(Confirm(email=email, code="654321"))
        assert codes.asked == 1


def test_a_code_that_another_account_used_confirms_nobody(identity: Identity, codes: CodesInMemory) -> None:
    codes.add("nobody@example.com", "123456")

    with pytest.raises(CodeMismatchError):
        identity.confirm(Confirm(email="nobody@example.com", code="123456"))


def test_an_email_with_an_account_is_registered_like_one_without(identity: Identity, accounts: OneAccount) -> None:
    first = identity.register(registration())
    owner = accounts.person

    assert identity.register(registration(password="another-Horse-8-battery", role="driver")) == first
    assert accounts.person is owner


@pytest.mark.parametrize(
    ("password", "told"),
    [
        ("Sh0rt!", "10 characters"),
        ("no-upper-case-7!", "upper-case"),
        ("NO-LOWER-CASE-7!", "lower-case"),
        ("no-digits-in-Here!", "digit"),
        ("noSymbolsInHere7", "symbol"),
        ("пароль-ПАРОЛЬ-7!", "a to z"),
    ],
)
def test_a_weak_password_is_refused_before_anybody_looks_whether_there_is_an_account(
    identity: Identity, accounts: OneAccount, password: str, told: str
) -> None:
    with pytest.raises(PasswordPolicyError, match=told) as refusal:
        identity.register(registration(password=password))

    assert refusal.value.field == "password"
    assert password not in refusal.value.detail
    assert accounts.person is None


def test_a_bus_that_does_not_answer_does_not_undo_the_confirmation(accounts: OneAccount, codes: CodesInMemory) -> None:
    def down(_event: DomainEvent) -> None:
        raise OSError("no route to EventBridge")

    identity = Identity(accounts, codes, down, lambda: NOW)
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
