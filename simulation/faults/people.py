"""Riders and drivers: what each ride's people do, by the functions that their apps call, with the apps' repeats."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any, Literal
from uuid import UUID

from rideflow.kernel.access import Caller
from rideflow.kernel.errors import DomainError, UnavailableError
from rideflow.kernel.geo import Point
from simulation.faults.fares import SMALL, USUAL
from simulation.faults.functions import Functions, module
from simulation.faults.payers import WANTS_HOLDER, Answer, Payer, answer_drawn, shown
from simulation.faults.provider import Provider
from simulation.faults.scheduler import Scheduler

PICKUP, DROPOFF = Point(lat=37.7749, lng=-122.4194), Point(lat=37.7936, lng=-122.3958)
ON_THE_WAY = Point(lat=37.7790, lng=-122.4170)
type Way = Literal[
    "completed", "cancelled_while_held", "cancelled_while_matching", "cancelled_in_grace", "cancelled_late", "no_show",
    "nobody_found", "declined_then_taken", "handed_back", "handed_back_at_pickup", "operator_cancels", "no_card",
]  # fmt: skip
WAYS: dict[Way, int] = {
    "completed": 36, "cancelled_while_held": 8, "cancelled_while_matching": 8, "cancelled_in_grace": 7,
    "cancelled_late": 10, "no_show": 8, "nobody_found": 6, "declined_then_taken": 5, "handed_back": 4,
    "handed_back_at_pickup": 4, "operator_cancels": 3, "no_card": 1,
}  # fmt: skip
"""The ways that rides go, by how many of a hundred go so."""
CARDS = {"pm_card_visa": 82, "pm_card_chargeCustomerFail": 6, WANTS_HOLDER: 12}
"""Cards by their share: one that pays, one that its bank declines, one whose bank wants its holder."""
PRODUCTS = {USUAL: 88, SMALL: 12}
"""What riders ask for, by share. After a ride that costs too little to be charged its rider takes the next ride."""
MATCHER = "matcher"
WRONG_PINS = 0.2
CAPTURES = {None: 90, "decline_hold_kept": 5, "decline_hold_lost": 5}
"""How the bank answers captures of a ride, by share: it refuses each, and keeps the hold or not."""

ACTIVE = frozenset({"requested", "matching", "driver_assigned", "driver_arrived", "in_progress"})
_TRIES = 100
_LOOKS = 60
_STATE = "select state from trips where id = %s"


@dataclass
class Ride:
    """A rider with two drivers, and the way that their ride goes if nothing else happens."""

    number: int
    way: Way
    card: str
    rider_id: UUID
    driver_ids: tuple[UUID, UUID]
    draw: Random
    captures: str | None = None
    product: str = USUAL
    answer: Answer = "confirms"
    """What the rider does if their bank wants them."""
    after: Ride | None = None
    """An earlier ride of this rider, which has to be over first."""
    trip_id: UUID | None = None
    quoted_minor: int = 0
    refusals: list[str] = field(default_factory=list)
    is_over: bool = False


def drawn(number: int, seed: int, way: Way | None = None, card: str | None = None, product: str | None = None) -> Ride:
    """The ride of this number by the seed."""
    draw = Random(f"ride {seed} {number}")  # noqa: S311 - a simulation
    ways, cards = list(WAYS), list(CARDS)
    by_chance = draw.choices(ways, list(WAYS.values()))[0], draw.choices(cards, list(CARDS.values()))[0]
    ids = [UUID(int=draw.getrandbits(128), version=4) for _ in range(3)]
    captures = None if way or card else draw.choices(list(CAPTURES), list(CAPTURES.values()))[0]
    product = product or (USUAL if way or card else draw.choices(list(PRODUCTS), list(PRODUCTS.values()))[0])
    return Ride(
        number, way or by_chance[0], card or by_chance[1], ids[0], (ids[1], ids[2]), draw, captures, product,
        answer_drawn(draw),
    )  # fmt: skip


def follow(ride: Ride, before: Ride) -> None:
    """The ride is the next one of that ride's rider, if both have a card."""
    if "no_card" not in (ride.way, before.way):
        ride.after, ride.rider_id, ride.card, ride.captures = before, before.rider_id, before.card, None


class People:
    """The people of one ride; `rider` and `driver` are actors."""

    def __init__(
        self,
        ride: Ride,
        scheduler: Scheduler,
        functions: Functions,
        zone: str,
        look: Callable[[str, UUID], Any],
        *,
        provider: Provider,
    ) -> None:
        """`look` reads one value of a trip, as its people's screens show it."""
        self._payer = Payer(scheduler, provider, ride.answer, ride.draw)
        self._ride, self._scheduler, self._functions, self._zone = ride, scheduler, functions, zone
        self._look, self._left = look, 0

    def live(self) -> None:
        """The whole ride, from the quote on."""
        ride = self._ride
        try:
            self._wait_for_the_ride_before()
            self._scheduler.pass_time(ride.draw.uniform(0, 60))
            if self._request():
                self._left = 2 + (ride.card == WANTS_HOLDER)
                if ride.card == WANTS_HOLDER:
                    self._scheduler.spawn(f"payer of ride {ride.number}", lambda: self._lives(self._pays))
                self._scheduler.spawn(f"rider of ride {ride.number}", lambda: self._lives(self._rider))
                self._lives(self._drivers)
        finally:
            ride.is_over |= ride.trip_id is None

    def _lives(self, act: Callable[[], None]) -> None:
        """Rider and drivers act at the same time; the ride is over for its people when both are done."""
        act()
        self._left -= 1
        self._ride.is_over = self._left == 0

    def _wait_for_the_ride_before(self) -> None:
        """A rider has one ride at a time, and asks for the next one when the first has ended."""
        before = self._ride.after
        while before is not None and not (before.is_over and self._has_ended(before)):
            self._scheduler.pass_time(15)

    def _has_ended(self, ride: Ride) -> bool:
        return ride.trip_id is None or str(self._look(_STATE, ride.trip_id)) not in ACTIVE

    # The rider.

    def _pays(self) -> None:
        """Answers the bank, if it wants the rider."""
        caller = _caller(self._ride.rider_id)
        self._payer.live(
            lambda: self._act("get_trip", lambda: shown(self._trip_id, caller)), lambda: self._state() == "requested"
        )

    def _request(self) -> bool:
        from rideflow.pricing.service import RequestQuote
        from rideflow.trips.requesting import RequestTrip

        ride, rider = self._ride, _caller(self._ride.rider_id)
        wish = RequestQuote(pickup=PICKUP, dropoff=DROPOFF, product=ride.product)
        quote = self._act(
            "request_quote", lambda: module("request_quote").request_quote(wish, rider, self._key("quote"))
        )
        if quote is None:
            return False
        ride.quoted_minor = quote.amount_minor
        wanted = RequestTrip(quote_id=quote.id)
        trip = self._act("request_trip", lambda: module("request_trip").request_trip(wanted, rider, self._key("trip")))
        if trip is None:
            return False
        ride.trip_id = trip.id
        self._functions.rides[str(trip.id)] = ride.number
        return True

    def _rider(self) -> None:
        """Cancels, on the ways on which the rider does."""
        draw = self._ride.draw
        match self._ride.way:
            case "cancelled_while_held":
                self._scheduler.pass_time(draw.uniform(0, 0.06))
                self._cancel(self._ride.rider_id)
            case "cancelled_while_matching" if self._until("matching"):
                self._scheduler.pass_time(draw.uniform(0, 5))
                self._cancel(self._ride.rider_id)
            case "cancelled_in_grace" if self._until("driver_assigned", "driver_arrived"):
                self._cancel(self._ride.rider_id)
            case "cancelled_late" if self._until("driver_arrived"):
                self._scheduler.pass_time(180)
                self._cancel(self._ride.rider_id)
            case "operator_cancels" if self._until("in_progress"):
                self._scheduler.pass_time(60)
                self._operator_cancels()

    # The drivers.

    def _drivers(self) -> None:
        way, (first, second) = self._ride.way, self._ride.driver_ids
        if way in ("nobody_found", "cancelled_while_held", "cancelled_while_matching"):
            return
        if way == "declined_then_taken" and self._is_offered(first):
            self._act("decline_offer", lambda: module("decline_offer").decline_offer(self._trip_id, _caller(first)))
            first = second
        if not self._taken(first):
            return
        if way in ("handed_back", "handed_back_at_pickup"):
            self._scheduler.pass_time(20)
            if way == "handed_back_at_pickup":
                self._arrived(first)
            self._cancel(first)
            first = second
            if not self._taken(first):
                return
        if way != "cancelled_in_grace":
            self._driven(first)

    def _taken(self, driver_id: UUID) -> bool:
        """The driver is offered the trip, and accepts it."""
        accept = module("accept_offer").accept_offer
        if not self._is_offered(driver_id):
            return False
        self._act("accept_offer", lambda: accept(self._trip_id, _caller(driver_id)))
        return self._state() == "driver_assigned"

    def _driven(self, driver_id: UUID) -> None:
        self._scheduler.pass_time(30)
        self._send_position(driver_id, ON_THE_WAY)
        self._scheduler.pass_time(60)
        if not self._arrived(driver_id) or self._ride.way == "cancelled_late":
            return
        if self._ride.way == "no_show":
            self._scheduler.pass_time(330)
            self._send_position(driver_id, PICKUP)
            self._cancel(driver_id)
            return
        self._scheduler.pass_time(self._ride.draw.uniform(5, 60))
        start, complete = module("start_trip"), module("complete_trip")
        if self._ride.draw.random() < WRONG_PINS:
            wrong = start.StartTrip(pin=str((int(self._pin()) + 1) % 10_000).zfill(4))
            self._act("start_trip", lambda: start.start_trip(self._trip_id, wrong, _caller(driver_id)))
        request = start.StartTrip(pin=self._pin())
        if self._act("start_trip", lambda: start.start_trip(self._trip_id, request, _caller(driver_id))) is None:
            return
        self._scheduler.pass_time(self._ride.draw.uniform(300, 900))
        self._act("complete_trip", lambda: complete.complete_trip(self._trip_id, _caller(driver_id)))

    def _arrived(self, driver_id: UUID) -> bool:
        arrive = module("arrive_at_pickup").arrive_at_pickup
        for _ in range(4):
            self._send_position(driver_id, PICKUP)
            if self._act("arrive_at_pickup", lambda: arrive(self._trip_id, _caller(driver_id))) is not None:
                return True
            if self._state() != "driver_assigned":
                return False
            self._scheduler.pass_time(5)
        return False

    def _send_position(self, driver_id: UUID, place: Point) -> None:
        from rideflow.locations.wiring import tracking
        from rideflow.supply.position import Position

        def send() -> Any:
            at = _whole_milliseconds(self._scheduler.clock.now())
            return tracking().record(driver_id, [Position(lat=place.lat, lng=place.lng, recorded_at=at)], None)

        self._act("record_position", send)

    def _is_offered(self, driver_id: UUID) -> bool:
        """Wait until the trip waits for drivers, and let it be offered to this one. This stands for the matcher."""
        from rideflow.dispatch.model import Strategy
        from rideflow.dispatch.store import PostgresOffers
        from rideflow.kernel.clock import utc_now
        from rideflow.kernel.postgres import database
        from rideflow.matching.world import Proposal

        def offer() -> bool:
            proposal = Proposal(self._trip_id, driver_id, 800.0, 140.0)
            made = PostgresOffers(database()).make(
                self._zone, None, [proposal], Strategy(), utc_now(), lives=timedelta(minutes=1)
            )
            return bool(made)

        for _ in range(_LOOKS):
            self._scheduler.pass_time(self._ride.draw.uniform(1, 8))
            if self._state() not in ("requested", "matching"):
                return False
            if self._act(MATCHER, offer):
                self._scheduler.pass_time(self._ride.draw.uniform(1, 10))
                return True
        return False

    # Both.

    def _cancel(self, person_id: UUID) -> None:
        cancel = module("cancel_trip").cancel_trip
        self._act("cancel_trip", lambda: cancel(self._trip_id, _caller(person_id)))

    def _operator_cancels(self) -> None:
        """An operator ends the ride; it was the driver's fault."""
        from rideflow.operations.trips import OperatorCancel
        from rideflow.trips.model import Verdict

        wanted, operator = (
            OperatorCancel(reason="The car broke down.", verdict=Verdict.DRIVER),
            _caller(self._ride.rider_id),
        )
        cancel = module("operator_cancel").operator_cancel
        self._act("operator_cancel", lambda: cancel(self._trip_id, wanted, operator))

    def _act(self, name: str, act: Callable[[], Any]) -> Any:
        """A request of an app, repeated while it gets no answer; None if it is refused."""
        for attempt in range(_TRIES):
            try:
                return self._functions.call(name, act, self._ride.number)
            except UnavailableError:
                pass
            except DomainError as refused:
                self._ride.refusals.append(f"{name}: {refused.code}")
                return None
            except Exception:  # noqa: S110 - API Gateway says 5xx, and the app repeats
                pass
            self._scheduler.pass_time(min(30, 2**attempt))
        return None

    def _until(self, *states: str) -> bool:
        """Wait until the trip is in one of the states; False if it ends before."""
        while (state := self._state()) not in states:
            if state not in ACTIVE:
                return False
            self._scheduler.pass_time(3)
        return True

    def _state(self) -> str:
        return str(self._look(_STATE, self._trip_id))

    def _pin(self) -> str:
        return str(self._look("select pin from trips where id = %s", self._trip_id))

    def _key(self, what: str) -> str:
        return f"{what}-{self._ride.number}-{self._ride.rider_id}"

    @property
    def _trip_id(self) -> UUID:
        assert self._ride.trip_id is not None
        return self._ride.trip_id


def _caller(person_id: UUID) -> Caller:
    return Caller(person_id, frozenset(), frozenset())


def _whole_milliseconds(at: datetime) -> datetime:
    return at - timedelta(microseconds=at.microsecond % 1000)
