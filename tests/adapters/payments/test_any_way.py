"""Rides whose sagas die, repeat and overtake each other in a random order: in the end the books always agree."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import suppress
from uuid import UUID

import pytest

from rideflow.kernel.errors import DomainError
from rideflow.payments.providers.port import CaptureRequest, PlacedHold, ReleaseRequest
from rideflow.payments.sagas.authorization import RejectHold
from rideflow.payments.sagas.settlement import PreparedSettlement, RecordCapture, RecordCaptureFailure, RecordRelease
from tests.adapters.payments.ride import House

FAULTS = ("close_after_work", "error_after_work", "error_before_work", "reset", "rate_limit")
FINAL = {"paid", "cancelled", "no_driver_found", "payment_failed"}


class Walk:
    """One ride in random order. Each generator is a saga that may stop at any `yield`."""

    def __init__(self, house: House, seed: int) -> None:
        self.house = house
        self.draw = random.Random(seed)
        self.trip_id = house.requested()
        self.rider_id = house.hand.trips.get(self.trip_id).rider_id

    def match(self) -> Iterator[None]:
        prepared = self.house.prepared(self.trip_id)
        if prepared.outcome != "place":
            return
        yield
        try:
            placed = self.house.placed(prepared)
        except DomainError as error:
            yield
            self.house.hand.authorization.reject(RejectHold(trip_id=self.trip_id, reason=type(error).__name__))
            return
        yield
        if self.house.hand.authorization.record(placed).outcome == "ended":
            yield
            self._release(placed)

    def settle(self) -> Iterator[None]:
        prepared = self.house.settlement(self.trip_id)
        yield
        if prepared.action == "capture":
            yield from self._capture(prepared)
        elif prepared.action == "release":
            self.house.gateway.release(ReleaseRequest.model_validate(prepared.model_dump()))
            yield
            self.house.hand.settlement.record_release(RecordRelease.model_validate(prepared.model_dump()))

    def drive(self) -> Iterator[None]:
        while self.house.state(self.trip_id) == "requested":
            yield
        if self.house.state(self.trip_id) == "matching":
            driver_id = self.house.matched(self.trip_id)
            yield
            with suppress(DomainError):  # the rider may have cancelled
                self.house.ridden(self.trip_id, driver_id)

    def change_their_mind(self) -> Iterator[None]:
        for _ in range(self.draw.randrange(6)):
            yield
        self.house.later(minutes=self.draw.choice([0, 3]))
        with suppress(DomainError):  # the act may be too late
            self.house.hand.trips.cancel(self.rider_id, self.trip_id, None)

    def hear_of_it(self) -> Iterator[None]:
        for _ in range(self.draw.randrange(4)):
            yield
        events = self.house.stripe.events()
        for event in self.draw.sample(events, k=self.draw.randint(0, len(events))):
            self.house.webhook(event)

    def _capture(self, prepared: PreparedSettlement) -> Iterator[None]:
        try:
            made = self.house.gateway.capture(CaptureRequest.model_validate(prepared.model_dump()))
        except DomainError as error:
            yield
            refused = {**prepared.model_dump(), "error": type(error).__name__}
            self.house.hand.settlement.record_capture_failure(RecordCaptureFailure.model_validate(refused))
            return
        yield
        self.house.hand.settlement.record_capture(RecordCapture.model_validate(made.model_dump()))

    def _release(self, placed: PlacedHold) -> None:
        key = {"idempotency_key": f"release-{placed.provider_ref}"}
        self.house.gateway.release(ReleaseRequest.model_validate({**placed.model_dump(), **key}))
        self.house.hand.settlement.record_release(RecordRelease(order_id=placed.order_id))


@pytest.mark.race
@pytest.mark.parametrize("seed", range(25))
def test_no_money_is_lost_or_taken_twice_if_sagas_die_repeat_or_come_late(house: House, seed: int) -> None:
    walk = Walk(house, seed)
    sagas: list[Callable[[], Iterator[None]]] = [walk.match, walk.match, walk.drive, walk.settle, walk.settle]
    sagas += [walk.hear_of_it, walk.hear_of_it]
    if walk.draw.random() < 0.5:
        sagas.append(walk.change_their_mind)
    running = [saga() for saga in sagas]
    for _ in range(40):
        if walk.draw.random() < 0.15:
            house.stripe.fault(walk.draw.choice(FAULTS), path="/v1/payment_intents*", times=walk.draw.randint(1, 4))
        if not running:
            break
        one = walk.draw.choice(running)
        if walk.draw.random() < 0.1:
            running.remove(one)  # killed
            continue
        advance(one, running)
    bring_to_an_end(house, walk)
    assert_books_agree(house, walk.trip_id)


def advance(saga: Iterator[None], running: list[Iterator[None]]) -> None:
    try:
        next(saga)
    except (StopIteration, DomainError):  # the end of the saga, or a step that the workflow would repeat
        running.remove(saga)


def bring_to_an_end(house: House, walk: Walk) -> None:
    """Act as the workflows' retries and the sweepers do: repeat everything until nothing is left to do."""
    house.stripe.forget_faults()
    house.later(minutes=10)
    for _ in range(3):
        for saga in (walk.match, walk.drive):
            with suppress(DomainError):
                list(saga())
        if house.state(walk.trip_id) == "requested":
            house.hand.trips.cancel_overdue(walk.trip_id)
        elif house.state(walk.trip_id) not in FINAL | {"completed"}:
            with suppress(DomainError):
                house.hand.trips.cancel(walk.rider_id, walk.trip_id, None)
        house.settle(walk.trip_id)
        for event in house.stripe.events():
            house.webhook(event)
        release_orphans(house)


def release_orphans(house: House) -> None:
    for envelope in house.published.envelopes:
        if envelope["type"] == "HoldOrphaned":
            intent_id = envelope["detail"]["provider_ref"]
            house.gateway.release(
                ReleaseRequest(
                    trip_id=UUID(envelope["detail"]["trip_id"]),
                    provider_ref=intent_id,
                    idempotency_key=f"release-{intent_id}",
                )
            )


def assert_books_agree(house: House, trip_id: UUID) -> None:
    trip, totals, ledger = house.hand.trips.get(trip_id), house.stripe.totals(), house.ledger(trip_id)
    assert trip.state in FINAL
    assert trip.settled_at is not None
    assert totals["held_minor"] == 0
    assert sum(ledger.values()) == 0
    assert ledger.get("taken", 0) == totals["captured_minor"]
    owed = trip.final_amount_minor if trip.state == "paid" else trip.cancellation_fee_minor
    assert totals["captured_minor"] == owed
    assert {order["state"] for order in house.rows("select state from payment_orders")} <= {"settled", "cancelled"}
    assert house.published.types().count("PaymentCaptured") == (1 if owed else 0)
