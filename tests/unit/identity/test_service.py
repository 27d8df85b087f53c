import base64
import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from pydantic import ValidationError

from rideflow.identity.accounts import Person, Tokens
from rideflow.identity.api import Confirm, Login, Logout, Refresh, Register
from rideflow.identity.errors import (
    CodeMismatchError,
    IdentityUnavailableError,
    PasswordPolicyError,
    RefreshTokenInvalidError,
)
from rideflow.identity.events import UserLoggedOut, UserRegistered
from rideflow.identity.service import Identity
from rideflow.identity.sessions import Sessions, session_of
from rideflow.kernel.events import DomainEvent
from rideflow.kernel.sealing import of_registration
from tests.keys import SEALS

NOW = datetime(2026, 10, 1, 18, 0, tzinfo=UTC)
PASSWORD = "correct-Horse-7-battery"
PERSON_ID = UUID("6f1c1c5e-2f0b-4c39-9a5e-2f6b8d6f3a01")


class OneAccount:
    """A directory in memory with room for one account, which records its calls."""

    def __init__(self) -> None:
        self.person: Person | None = None
        self.is_confirmed = False
        self.asked: list[str] = []
        self.revoked: list[str] = []
        self.rotated: str | None = None

    def sign_up(self, email: str, password: str, role: str, name: str | None) -> None:
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
        if refresh_token in self.revoked:
            raise RefreshTokenInvalidError("Please sign in again.")
        return Tokens(access_token(), self.rotated, 3600)

    def revoke(self, refresh_token: str) -> None:
        self.revoked.append(refresh_token)


def access_token(**more: str) -> str:
    claims = {"sub": str(PERSON_ID), "origin_jti": "session-1", **more}
    payload = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    return f"header.{payload}.signature"


class EndedInMemory:
    """Records ended sessions; `refusing` makes it fail."""

    def __init__(self) -> None:
        self.known: list[tuple[UUID, str | None, datetime]] = []
        self.refusing = False

    def end(self, person_id: UUID, session: str | None, at: datetime) -> None:
        if self.refusing:
            raise OSError("no route to DynamoDB")
        self.known.append((person_id, session, at))


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
def ended() -> EndedInMemory:
    return EndedInMemory()


@pytest.fixture
def identity(
    accounts: OneAccount, ended: EndedInMemory, codes: CodesInMemory, published: list[DomainEvent]
) -> Identity:
    sessions = Sessions(ended, published.append, lambda: NOW)
    return Identity(accounts, sessions, codes, telling(published.append))


def telling(publish: Callable[[DomainEvent], None]) -> Callable[[Person], None]:
    return lambda person: publish(UserRegistered.of(person, lambda: NOW, SEALS))


def registration(**changes: Any) -> Register:
    return Register.model_validate({"email": "ada@example.com", "password": PASSWORD, "role": "rider"} | changes)


def test_confirming_publishes_who_registered(
    identity: Identity, accounts: OneAccount, published: list[DomainEvent]
) -> None:
    identity.register(registration(name="Ada"))
    assert published == []

    identity.confirm(Confirm(email="ada@example.com", code="123456"))

    [event] = published
    assert isinstance(event, UserRegistered)
    assert accounts.person is not None
    person_id = accounts.person.id
    assert (event.person_id, event.role) == (person_id, "rider")
    assert "ada@" not in event.model_dump_json().lower()
    assert event.name != "Ada"
    assert SEALS.open_text(event.email, of_registration(person_id, "email")) == "ada@example.com"
    assert SEALS.open_text(event.name or "", of_registration(person_id, "name")) == "Ada"


def test_a_name_that_nobody_gave_is_null(identity: Identity, published: list[DomainEvent]) -> None:
    identity.register(registration())

    identity.confirm(Confirm(email="ada@example.com", code="123456"))

    [event] = published
    assert isinstance(event, UserRegistered)
    assert event.name is None


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


def test_every_refusal_takes_the_same_number_of_lookups(identity: Identity, codes: CodesInMemory) -> None:
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

    sessions = Sessions(EndedInMemory(), down, lambda: NOW)
    identity = Identity(accounts, sessions, codes, telling(down))
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


LOGOUT = Logout.model_validate({"refresh_token": "refresh"})


def test_signing_out_ends_the_session_its_tokens_and_its_refreshing(
    identity: Identity, accounts: OneAccount, ended: EndedInMemory, published: list[DomainEvent]
) -> None:
    identity.logout(LOGOUT)

    assert ended.known == [(PERSON_ID, "session-1", NOW)]
    [event] = published
    assert isinstance(event, UserLoggedOut)
    assert (event.person_id, event.session, event.reason) == (PERSON_ID, "session-1", "signed_out")
    assert accounts.revoked == ["refresh"]


def test_signing_out_twice_ends_nothing_more(
    identity: Identity, ended: EndedInMemory, published: list[DomainEvent]
) -> None:
    identity.logout(LOGOUT)
    identity.logout(LOGOUT)

    assert (len(ended.known), len(published)) == (1, 1)


@pytest.mark.parametrize("failing", ["table", "bus"])
def test_a_sign_out_that_broke_off_is_done_by_its_repeat(
    accounts: OneAccount, ended: EndedInMemory, codes: CodesInMemory, published: list[DomainEvent], failing: str
) -> None:
    """The refresh token is revoked last: without it the session's person could not be found."""
    bus = {"is_down": failing == "bus"}

    def publish(event: DomainEvent) -> None:
        if bus["is_down"]:
            raise OSError("no route to EventBridge")
        published.append(event)

    ended.refusing = failing == "table"
    identity = Identity(accounts, Sessions(ended, publish, lambda: NOW), codes, telling(publish))
    with pytest.raises(IdentityUnavailableError):
        identity.logout(LOGOUT)
    assert accounts.revoked == []

    ended.refusing = bus["is_down"] = False
    identity.logout(LOGOUT)

    assert (PERSON_ID, "session-1", NOW) in ended.known
    assert len(published) == 1
    assert accounts.revoked == ["refresh"]


def test_everything_of_a_person_can_be_ended_with_a_reason(ended: EndedInMemory, published: list[DomainEvent]) -> None:
    Sessions(ended, published.append, lambda: NOW).revoke(PERSON_ID, reason="suspended")

    assert ended.known == [(PERSON_ID, None, NOW)]
    [event] = published
    assert isinstance(event, UserLoggedOut)
    assert (event.session, event.reason) == (None, "suspended")


@pytest.mark.parametrize("name", ["", "a", "ab", "abc"])
def test_a_session_is_read_from_a_token_of_any_length(name: str) -> None:
    assert session_of(access_token(username=name)) == (PERSON_ID, "session-1")


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
def test_an_invalid_email_is_refused(email: str) -> None:
    with pytest.raises(ValidationError):
        registration(email=email)


def test_a_password_shows_in_no_repr() -> None:
    login = Login.model_validate({"email": "ada@example.com", "password": PASSWORD})

    for shown in (repr(login), str(login), repr(login.model_dump()), login.model_dump_json(), repr(registration())):
        assert PASSWORD not in shown
