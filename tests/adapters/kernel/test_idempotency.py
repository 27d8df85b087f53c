from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier
from typing import Any
from uuid import UUID, uuid4

import pytest
from psycopg.types.json import Jsonb

from rideflow.kernel.errors import ConflictError, UnavailableError
from rideflow.kernel.idempotency import (
    IdempotencyAnswerUnreadableError,
    IdempotencyKey,
    IdempotencyKeyReusedError,
    create_once,
    forget_before,
)
from rideflow.kernel.model import Request, View
from rideflow.kernel.postgres import Database
from tests.adapters.kernel.conftest import Connect

CREATE = """
with used_key as (
    insert into idempotency_keys (person_id, operation, key, fingerprint, response)
    values (%(idempotency_person_id)s, %(idempotency_operation)s, %(idempotency_key)s, %(idempotency_fingerprint)s,
        %(idempotency_response)s)
    returning person_id
)
insert into things (id, owner_id) select %(id)s, person_id from used_key
"""


class MakeThing(Request):
    colour: str = "red"


class ThingView(View):
    id: UUID
    made_at: datetime


class OlderThingView(View):
    """A view of the release before, whose parts are strict."""

    class Part(Request):
        colour: str

    id: UUID
    part: Part = Part(colour="red")


class SoldOutError(ConflictError):
    code = "sold_out_in_a_test"


PERSON = uuid4()


def key(
    key: str = "the-same-key", colour: str = "red", person_id: UUID = PERSON, operation: str = "make"
) -> IdempotencyKey:
    return IdempotencyKey.of(person_id, operation, key, MakeThing(colour=colour))


@pytest.fixture
def things(database: Database, owner: Database) -> Database:
    owner.execute("create table things (id uuid primary key, owner_id uuid not null)", {})
    owner.execute("grant all on things to functions", {})
    return database


def make(database: Database, under: IdempotencyKey) -> ThingView:
    def create() -> ThingView:
        view = ThingView(id=uuid4(), made_at=datetime.now(UTC))
        database.execute(CREATE, {"id": view.id, **under.parameters(view)})
        return view

    return create_once(database, under, ThingView, create)


def made(database: Database) -> int:
    return len(database.all("select id from things", {}))


def test_fifty_requests_at_once_under_one_key_make_one_thing_and_are_answered_alike(
    things: Database, connect: Connect
) -> None:
    databases = [connect() for _ in range(50)]
    start = Barrier(50)

    def ask(database: Database) -> ThingView:
        database.one("select 1 as warm", {})
        start.wait(timeout=30)
        return make(database, key())

    with ThreadPoolExecutor(50) as pool:
        answers = list(pool.map(ask, databases))

    assert made(things) == 1
    assert len({answer.model_dump_json() for answer in answers}) == 1


def test_a_repeat_is_answered_as_the_first_time(things: Database) -> None:
    assert make(things, key()) == make(things, key())
    assert made(things) == 1


def test_the_same_key_with_another_request_is_refused(things: Database) -> None:
    make(things, key())

    with pytest.raises(IdempotencyKeyReusedError) as refused:
        make(things, key(colour="blue"))

    assert refused.value.field == "Idempotency-Key"
    assert made(things) == 1


def test_keys_of_other_people_and_other_operations_are_others(things: Database) -> None:
    unders = [key(), key(person_id=uuid4()), key(operation="other"), key("another-key")]

    firsts = [make(things, under) for under in unders]

    assert made(things) == 4
    assert [make(things, under) for under in unders] == firsts


def test_a_failed_request_leaves_no_key_and_may_be_repeated(things: Database, owner: Database) -> None:
    owner.execute("alter table things add constraint full_up check (false) not valid", {})
    with pytest.raises(Exception, match="full_up"):
        make(things, key())
    owner.execute("alter table things drop constraint full_up", {})

    assert make(things, key())
    assert made(things) == 1


def test_a_repeat_that_would_be_refused_today_is_answered_as_the_first_time(things: Database) -> None:
    first = make(things, key())

    def sold_out() -> ThingView:
        raise SoldOutError("There is none left.")

    assert create_once(things, key(), ThingView, sold_out) == first
    with pytest.raises(SoldOutError):
        create_once(things, key("a-first-request"), ThingView, sold_out)
    with pytest.raises(IdempotencyKeyReusedError):
        create_once(things, key(colour="blue"), ThingView, sold_out)


@pytest.mark.parametrize(
    ("newer", "is_read"),
    [({"part": {"colour": "blue", "size": 4}, "shape": "round"}, True), ({"part": "a blue one"}, False)],
)
def test_an_answer_that_newer_code_stored_is_read_as_far_as_it_is_understood_or_refused_by_a_code(
    things: Database, owner: Database, newer: dict[str, Any], is_read: bool
) -> None:
    first = make(things, key())
    owner.execute("update idempotency_keys set response = response || %(newer)s", {"newer": Jsonb(newer)})

    def made_before() -> OlderThingView:
        raise SoldOutError("There is none left.")

    if is_read:
        answer = create_once(things, key(), OlderThingView, made_before)
        assert (answer.id, answer.part.colour) == (first.id, "blue")
    else:
        with pytest.raises(IdempotencyAnswerUnreadableError):
            create_once(things, key(), OlderThingView, made_before)
    assert made(things) == 1


def test_an_unavailable_store_is_not_taken_for_a_repeat(things: Database) -> None:
    make(things, key())

    def away() -> ThingView:
        raise UnavailableError("Try again.")

    with pytest.raises(UnavailableError):
        create_once(things, key(), ThingView, away)


def test_the_fingerprint_covers_the_request_and_not_its_formatting() -> None:
    assert key(colour="red") == IdempotencyKey.of(PERSON, "make", "the-same-key", MakeThing())
    assert key(colour="red").fingerprint != key(colour="blue").fingerprint


def test_keys_are_forgotten_after_their_time_and_then_new(things: Database, owner: Database) -> None:
    first = make(things, key())
    make(things, key("a-younger-key"))
    owner.execute(
        "update idempotency_keys set created_at = created_at - interval '25 hours' where key = 'the-same-key'", {}
    )

    assert forget_before(things, datetime.now(UTC) - timedelta(hours=24), 10) == 1

    assert make(things, key()) != first
    assert made(things) == 3
