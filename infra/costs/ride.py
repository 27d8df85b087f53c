"""The use of AWS by one ride that is matched at the first attempt, driven and paid, and by a stage without rides."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from infra.costs import assumptions as a
from infra.costs.provisioned import Operation, Provisioned
from infra.costs.sagas import HAPPY, steps, transitions
from rideflow.supply.heartbeats import SWEEP_EVERY

RIDER_CALLS: Mapping[Operation, int] = {
    ("pricing", "request_quote"): 1,
    ("trips", "request_trip"): 1,
    ("trips", "get_trip"): 1,  # the PIN
    ("trips", "rate_trip"): 1,
    ("payments", "get_receipt"): 1,
}
DRIVER_CALLS: Mapping[Operation, int] = {
    ("trips", "arrive_at_pickup"): 1,
    ("trips", "start_trip"): 1,
    ("trips", "complete_trip"): 1,
    ("trips", "rate_trip"): 1,
}
EVENTS: Mapping[tuple[str, str], int] = {
    ("rideflow.trips", "TripRequested"): 1,
    ("rideflow.trips", "TripMatching"): 1,
    ("rideflow.trips", "DriverAssigned"): 1,
    ("rideflow.trips", "DriverArrived"): 1,
    ("rideflow.trips", "TripStarted"): 1,
    ("rideflow.trips", "TripCompleted"): 1,
    ("rideflow.trips", "TripPaid"): 1,
    ("rideflow.trips", "TripRated"): 2,
    ("rideflow.payments", "PaymentHeld"): 1,
    ("rideflow.payments", "PaymentCaptured"): 1,
    ("rideflow.payments", "StripeEventReceived"): int(a.STRIPE_EVENTS),
}
_WHOLE_CORE_MB = 1769
"""https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html"""
WITHOUT_DRIVER = frozenset({"TripRequested", "TripMatching"})
"""Events that are sent to the rider alone; every other trip event is sent to both or to nobody."""

NOTIFIER: Operation = ("notifications", "on_trip_changed")
AUTHORIZER: Operation = ("identity", "authorize")
POSITION: Operation = ("locations", "record_position")
SWEEP: Operation = ("supply", "sweep_heartbeats")

SWEEPS_PER_PLAN = round(60 / SWEEP_EVERY.total_seconds())

WAITS_MS: Mapping[Operation, float] = {
    AUTHORIZER: a.AUTHORIZER_MS,
    ("dispatch", "tick"): a.TICK_MS,
    ("payments", "place_hold"): a.STRIPE_MS,
    ("payments", "capture_payment"): a.STRIPE_MS,
    SWEEP: a.SWEEP_MS,
}
"""Waits of operations that are no ordinary handler."""


@dataclass(frozen=True)
class Invocations:
    """Invocations of one function: their number, and how long each waits for others, in milliseconds."""

    operation: Operation
    count: float
    wait_ms: float


@dataclass(frozen=True)
class Use:
    """Amounts for one ride, or for one month of a stage without rides."""

    invocations: tuple[Invocations, ...]
    rest_calls: float = 0
    frames_in: float = 0
    frames_out: float = 0
    """Answers by the same connection, and pushes."""
    pushes: float = 0
    connection_minutes: float = 0
    connections: float = 0
    executions: float = 0
    transitions: float = 0
    events: float = 0
    queue_messages: float = 0
    scheduled_runs: float = 0

    @property
    def invocation_count(self) -> float:
        return sum(each.count for each in self.invocations)

    def gb_s(self, memory_mb: Mapping[Operation, int]) -> float:
        """Billed duration, the share of cold starts included."""
        return sum(
            each.count * _billed_ms(each.wait_ms, memory_mb[each.operation]) / 1000 * memory_mb[each.operation] / 1024
            for each in self.invocations
        )


def _billed_ms(wait_ms: float, memory_mb: int) -> float:
    """The mean duration of an invocation, of which a share starts cold. Processor time is for sale by memory."""
    core = min(1.0, memory_mb / _WHOLE_CORE_MB)
    return wait_ms + a.CPU_MS / core + a.COLD_START_SHARE * (a.COLD_START_MS + a.COLD_START_CPU_MS / core)


BUSY_S = a.PICKUP_S + a.BOARDING_S + a.RIDE_S
DRIVER_ONLINE_S = a.IDLE_S + a.MATCH_S + BUSY_S
RIDER_CONNECTED_S = a.APP_OPEN_S + a.MATCH_S + BUSY_S

TRIP_POSITIONS = BUSY_S / a.STEP_S
_WAITING_S = a.IDLE_S + a.MATCH_S
WAITING_POSITIONS = _WAITING_S * (1 - a.STANDING_SHARE) / a.STEP_S + _WAITING_S * a.STANDING_SHARE / a.STANDING_STEP_S
"""Positions of a driver for each ride: on its trip, and while waiting for it."""


def of_a_ride(stage: Provisioned) -> Use:
    busy, idle = TRIP_POSITIONS, WAITING_POSITIONS
    told = _frames_of_events(stage)
    pushes = busy + told + a.OFFERS + 1  # plus the frame to the rider that the accept itself sends
    connections = 1 + DRIVER_ONLINE_S / a.CONNECTION_S
    consumed, events = list(_consumers(stage)), sum(EVENTS.values())
    signed_in = [*RIDER_CALLS.items(), *DRIVER_CALLS.items()]
    calls = [*signed_in, (("payments", "receive_stripe_webhook"), int(a.STRIPE_EVENTS))]
    # Calls are minutes apart, so the authorizer's cached answer has usually expired before the next call.
    authorized = sum(count for _, count in signed_in) + connections
    return Use(
        invocations=(
            Invocations(POSITION, busy, a.POSITION_MS + a.PUSH_MS),
            Invocations(POSITION, idle, a.POSITION_MS),
            Invocations(("realtime", "connect"), connections, a.PUSH_MS),
            Invocations(("realtime", "disconnect"), connections, a.PUSH_MS),
            _usual(("dispatch", "accept_offer_live"), 1),
            _usual(("dispatch", "tick"), a.TICKS),
            _usual(("dispatch", "expire_offers"), a.OFFERS),
            _usual(AUTHORIZER, authorized),
            *(_usual(operation, count) for operation, count in calls),
            *(_usual(operation, count) for operation, count in consumed),
            *(_usual(operation, events / a.EVENTS_AT_ONCE) for operation in stage.hear_every_event),
            *(_usual(_of_name(stage, step), 1) for saga in HAPPY for step in steps(saga)),
        ),
        rest_calls=sum(count for _, count in calls),
        frames_in=busy + idle + 1,
        frames_out=(busy + idle) * a.ACK_SHARE + 1 + pushes,
        pushes=pushes,
        connection_minutes=(DRIVER_ONLINE_S + RIDER_CONNECTED_S) / 60,
        connections=connections,
        executions=len(HAPPY),
        transitions=sum(transitions(saga) for saga in HAPPY),
        events=events,
        queue_messages=sum(count for _, count in consumed) + len(stage.hear_every_event) * events + a.TICKS + a.OFFERS,
    )


def of_an_idle_month(stage: Provisioned) -> Use:
    """Sweepers run on a schedule, with or without rides; one of them starts others over its minute by a queue.

    Where the database pauses they return at once while they sleep, and start no others.
    """
    runs = stage.runs_per_month
    plans = runs["supply", "plan_heartbeat_sweeps"]
    sweeps = 0 if stage.database_pauses else plans * SWEEPS_PER_PLAN
    return Use(
        invocations=(
            *(Invocations(operation, count, a.SWEEP_MS) for operation, count in runs.items()),
            _usual(SWEEP, sweeps),
        ),
        queue_messages=sweeps,
        scheduled_runs=sum(runs.values()),
    )


def _usual(operation: Operation, count: float) -> Invocations:
    return Invocations(operation, count, WAITS_MS.get(operation, a.HANDLER_MS))


def _consumers(stage: Provisioned) -> Iterator[tuple[Operation, int]]:
    """The consumers of a ride's events, by the rules of the templates, with the number of events."""
    for event, count in EVENTS.items():
        for operation in stage.subscribers.get(event, ()):
            yield operation, count


def _frames_of_events(stage: Provisioned) -> float:
    return sum(
        count * (1 if kind in WITHOUT_DRIVER else 2)
        for (source, kind), count in EVENTS.items()
        if NOTIFIER in stage.subscribers.get((source, kind), ())
    )


def _of_name(stage: Provisioned, name: str) -> Operation:
    """A saga's definition knows a step by its name alone."""
    (found,) = (operation for operation in stage.memory_mb if operation[1] == name)
    return found
