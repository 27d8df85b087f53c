"""What is played and what is killed, drawn by a seed before anything runs.

The plan is the same for a seed; what it meets is not: real processes share a machine with others. So a kill is planned
for a turn of work ("the seventh time that a process of this function gets to work, 12 ms later") and not for a second.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Literal

from simulation.faults.payers import WANTS_HOLDER

type Way = Literal[
    "completed", "declined_then_taken", "handed_back", "cancelled_at_once", "cancelled_while_matching",
    "cancelled_in_grace", "cancelled_late", "no_show", "nobody_near",
]  # fmt: skip
type Store = Literal["PostgreSQL", "Redis", "all functions"]

WAYS: dict[Way, int] = {
    "completed": 27, "declined_then_taken": 4, "handed_back": 4, "cancelled_at_once": 3, "cancelled_while_matching": 3,
    "cancelled_in_grace": 2, "cancelled_late": 3, "no_show": 3, "nobody_near": 1,
}  # fmt: skip
"""How many of fifty rides go each way, if nothing happens to them."""
DRIVEN = ("completed", "declined_then_taken", "handed_back")
DECLINES = "pm_card_chargeCustomerFail"
CARDS = {DECLINES: 3, WANTS_HOLDER: 3, "pm_card_mastercard": 6, "pm_card_amex": 3}
"""How many rides that want to be driven have these cards; all others have a Visa that pays."""
REFUSED_CAPTURES = 2
"""How many rides' captures the bank refuses, each time: they end as debts."""

MONEY = (
    "payments.on_trip_ended", "payments.prepare_hold", "payments.place_hold", "payments.record_hold",
    "payments.prepare_settlement", "payments.capture_payment", "payments.record_settlement", "payments.release_hold",
    "payments.record_release", "payments.receive_stripe_webhook", "payments.on_stripe_event",
    "kernel.on_event_published",
)  # fmt: skip
RIDE = (
    "dispatch.on_trip_requested", "dispatch.open_request", "dispatch.tick", "dispatch.accept_offer",
    "dispatch.on_driver_assigned", "dispatch.on_trip_ended", "trips.request_trip", "trips.get_trip",
    "trips.arrive_at_pickup", "trips.start_trip", "trips.complete_trip", "trips.cancel_trip", "locations.measure_path",
    "locations.record_position", "supply.on_trip_changed", "notifications.on_trip_changed", "identity.authorize",
)  # fmt: skip
RARE = (
    "payments.ask_payer", "payments.conclude_hold", "payments.reject_hold", "payments.record_payment_failure",
    "dispatch.give_up", "dispatch.decline_offer", "dispatch.on_driver_cancelled",
)  # fmt: skip
_KILLS = ((MONEY, 4, 90), (RIDE, 2, 90), (RARE, 1, 2))
"""Of each function so many processes are killed, within the first so many turns."""
_AFTER_MS = (0.0, 45.0)
"""Most invocations of a warm process take 10 to 60 ms."""
STORES: dict[Store, int] = {"PostgreSQL": 2, "Redis": 1, "all functions": 2}


@dataclass(frozen=True)
class PlannedRide:
    """`captures_refused`: the bank refuses each capture of it."""

    number: int
    way: Way
    card: str = "pm_card_visa"
    captures_refused: bool = False

    @property
    def ends(self) -> str:
        """The state in which its trip ends if everybody gets their way."""
        if self.way == "nobody_near":
            return "no_driver_found"
        if self.way not in DRIVEN or self.card == DECLINES:
            return "cancelled"
        return "payment_failed" if self.captures_refused else "paid"


@dataclass(frozen=True)
class FunctionKill:
    """A process of the function is killed `after_ms` after the turn begins that has this number, from 1 on."""

    function: str
    turn: int
    after_ms: float


@dataclass(frozen=True)
class StoreKill:
    """Killed when so many rides have been asked for."""

    store: Store
    after_rides: int


@dataclass(frozen=True)
class Plan:
    """`functions` are sorted by function and turn, `stores` by ride."""

    seed: int
    rides: Sequence[PlannedRide]
    functions: Sequence[FunctionKill]
    stores: Sequence[StoreKill]


def drawn(seed: int) -> Plan:
    """The plan of a seed: fifty rides, and a kill for each function that takes part in them."""
    draw = Random(f"kills {seed}")
    return Plan(seed, _rides(draw), _functions(draw), _stores(draw))


def _rides(draw: Random) -> list[PlannedRide]:
    ways = [way for way, number in WAYS.items() for _ in range(number)]
    draw.shuffle(ways)
    ways.sort(key="nobody_near".__ne__)  # that rider waits longest, and so asks first
    driven = [number for number, way in enumerate(ways) if way in DRIVEN]
    draw.shuffle(driven)
    cards = dict(zip(driven, [card for card, number in CARDS.items() for _ in range(number)], strict=False))
    refused = set(driven[len(cards) :][:REFUSED_CAPTURES])
    return [
        PlannedRide(number, way, cards.get(number, "pm_card_visa"), number in refused)
        for number, way in enumerate(ways)
    ]


def _functions(draw: Random) -> list[FunctionKill]:
    return [
        FunctionKill(function, turn, round(draw.uniform(*_AFTER_MS), 1))
        for functions, number, turns in _KILLS
        for function in functions
        for turn in sorted(draw.sample(range(1, turns + 1), number))
    ]


def _stores(draw: Random) -> list[StoreKill]:
    stores = [store for store, number in STORES.items() for _ in range(number)]
    at = draw.sample(range(6, sum(WAYS.values()) - 2), len(stores))
    return sorted((StoreKill(*each) for each in zip(stores, at, strict=True)), key=lambda kill: kill.after_rides)
