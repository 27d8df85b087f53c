"""A stage's bill for a month of 730 hours."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from infra.costs import assumptions as a
from infra.costs import prices as p
from infra.costs import redis_load, ride
from infra.costs.provisioned import Provisioned

HOURS = 730
SECONDS = HOURS * 3600
_DAYS = HOURS / 24
_GB = 1e9


@dataclass(frozen=True)
class Scenario:
    name: str
    stage: str
    rides_per_day: int

    @property
    def rides(self) -> float:
        """In a month."""
        return self.rides_per_day * _DAYS

    @property
    def people(self) -> float:
        """Riders and drivers who are active in a month."""
        return self.rides / a.RIDES_PER_RIDER + self.rides / a.RIDES_PER_DRIVER


SCENARIOS = (
    Scenario("dev, idle", "dev", 0),
    Scenario("prod, idle", "prod", 0),
    Scenario("prod, 1,200 rides a day", "prod", 1_200),
    Scenario("prod, 100,000 rides a day", "prod", 100_000),
)


@dataclass(frozen=True)
class Line:
    """`quantity` of the price's units, those included that are free."""

    price: p.Price
    quantity: float

    @property
    def usd(self) -> float:
        return self.price.usd_of(self.quantity)


@dataclass(frozen=True)
class Bill:
    scenario: Scenario
    lines: tuple[Line, ...]
    """One line for each price, without lines of quantity zero."""
    identity: Line
    """Charged for people, whether they ride once or every day: it is not among the lines."""
    usd_without_rides: float

    @property
    def usd(self) -> float:
        """Without identity."""
        return sum(line.usd for line in self.lines)

    @property
    def usd_per_ride(self) -> float | None:
        """All of the lines, shared by the rides."""
        return self.usd / self.scenario.rides if self.scenario.rides else None

    @property
    def usd_per_further_ride(self) -> float | None:
        """The lines without the cost of the idle stage, shared by the rides."""
        return (self.usd - self.usd_without_rides) / self.scenario.rides if self.scenario.rides else None

    @property
    def identity_per_ride(self) -> float | None:
        """Identity, shared by the rides, to compare it with the rest: with other habits it is another figure."""
        return self.identity.usd / self.scenario.rides if self.scenario.rides else None


def bill(scenario: Scenario, stage: Provisioned) -> Bill:
    """Raises `ValueError` if the stage's stores cannot serve that many rides."""
    redis_load.check(scenario.rides_per_day, stage)
    idle = Scenario(scenario.name, scenario.stage, 0)
    return Bill(
        scenario,
        tuple(_lines(scenario, stage)),
        Line(p.ACTIVE_USER, scenario.people),
        sum(line.usd for line in _lines(idle, stage)),
    )


def _lines(scenario: Scenario, stage: Provisioned) -> Iterator[Line]:
    usage = _Usage(scenario.rides, stage)
    parts = (usage.requests(), usage.observed(), usage.kept(), usage.console())
    for line in (*_standing(stage), *_database(scenario, stage), *(line for part in parts for line in part)):
        if line.quantity:
            yield line


def _standing(stage: Provisioned) -> Iterator[Line]:
    """Lines that do not depend on the number of rides."""
    if stage.nat_gateways:
        raise ValueError("a NAT gateway has no price here: see docs/adr/0041")
    if stage.endpoint_zones:
        raise ValueError("an interface endpoint has no price here: see docs/adr/0139")
    yield Line(p.REDIS_NODE_HOUR[stage.redis_engine, stage.redis_node_type], stage.redis_nodes * HOURS)
    yield Line(p.KMS_KEY, stage.kms_keys)
    yield Line(p.SECRET, stage.secrets)
    yield Line(p.WEB_ACL, stage.web_acls)
    yield Line(p.WEB_ACL_RULE, stage.web_acl_rules)
    yield Line(p.ALARM, stage.alarm_metrics)


def acu(rides: float, stage: Provisioned) -> float:
    """Capacity of each instance, which stays at the size for the peak; a reader scales with its writer.

    Without rides it is the least that the stage allows: 0 if Aurora pauses, which it does while nothing asks it.
    """
    peak = rides / SECONDS * a.SQL_STATEMENTS * a.PEAK_FACTOR / a.STATEMENTS_PER_ACU_S
    if peak > stage.database_max_acu:
        raise ValueError(f"{stage.stage} allows {stage.database_max_acu} ACU; {peak:.1f} are needed")
    return max(stage.database_min_acu, peak)


def _database(scenario: Scenario, stage: Provisioned) -> Iterator[Line]:
    capacity = acu(scenario.rides, stage) * stage.database_instances
    woken = a.PAUSING_ACU * a.PAUSING_AWAKE_H if stage.database_pauses else 0
    yield Line(p.ACU_HOUR, max(capacity * HOURS, woken))
    yield Line(p.PROXY_ACU_HOUR, max(capacity, a.PROXY_MIN_ACU) * stage.database_proxies * HOURS)
    awake_s = SECONDS if capacity else a.PAUSING_AWAKE_H * 3600  # with rides the least is awake all the time
    yield Line(p.AURORA_IO, a.IDLE_IO_PER_S * awake_s + scenario.rides * a.DATABASE_IO)
    yield Line(p.AURORA_STORAGE, scenario.rides * a.MONTHS_KEPT * a.DATABASE_BYTES / _GB)


class _Usage:
    """Use by rides, on top of the stage's own periodic work."""

    def __init__(self, rides: float, stage: Provisioned) -> None:
        self._rides, self._stage = rides, stage
        self._ride, self._idle = ride.of_a_ride(stage), ride.of_an_idle_month(stage)
        self._invocations = self._idle.invocation_count + rides * self._ride.invocation_count

    def requests(self) -> Iterator[Line]:
        rides, one, idle, memory_mb = self._rides, self._ride, self._idle, self._stage.memory_mb
        messages = idle.queue_messages + rides * one.queue_messages
        polls = self._stage.polled_queues * a.POLLERS * SECONDS / a.POLL_S
        yield Line(p.LAMBDA_REQUEST, self._invocations)
        yield Line(p.LAMBDA_GB_S, idle.gb_s(memory_mb) + rides * one.gb_s(memory_mb))
        yield Line(p.REST_REQUEST, rides * one.rest_calls)
        yield Line(p.WEB_ACL_REQUESTS, rides * one.rest_calls * self._stage.web_acls)
        yield Line(p.WEBSOCKET_MESSAGE, rides * (one.frames_in + one.frames_out))
        yield Line(p.WEBSOCKET_MINUTE, rides * one.connection_minutes)
        yield Line(p.TRANSITION, rides * one.transitions)
        yield Line(p.EVENT, rides * one.events)
        yield Line(p.SCHEDULED_RUN, idle.scheduled_runs)
        yield Line(p.SQS_REQUEST, polls + messages * a.REQUESTS_PER_MESSAGE)
        looks = idle.scheduled_runs * a.LOOK_READ_UNITS if self._stage.database_pauses else 0
        yield Line(p.TABLE_READ, rides * one.pushes + looks)
        yield Line(p.TABLE_WRITE, rides * one.connections * 2)  # put and deleted
        yield Line(p.TRANSFER_OUT, rides * self._bytes_out() / _GB)

    def observed(self) -> Iterator[Line]:
        sweeps = self._idle.scheduled_runs * a.SWEEP_LOG_BYTES
        accessed = self._ride.rest_calls * a.ACCESS_LOG_BYTES
        taken_in = (sweeps + self._rides * (a.RIDE_LOG_BYTES + accessed)) / _GB
        months = self._stage.log_retention_days / _DAYS
        yield Line(p.LOG_INGESTION, taken_in)
        yield Line(p.LOG_STORAGE, taken_in * a.LOG_STORED_SHARE * months)
        yield Line(p.TRACE, self._traces())
        yield Line(p.CUSTOM_METRIC, a.CUSTOM_METRICS if self._rides else 0)

    def kept(self) -> Iterator[Line]:
        yield Line(p.ARCHIVED_EVENTS, self._rides * self._ride.events * a.EVENT_BYTES / _GB)
        yield Line(p.PATH_PUT, self._rides)
        yield Line(p.PATH_STORAGE, self._rides * a.MONTHS_KEPT * a.PATH_BYTES / _GB)

    def console(self) -> Iterator[Line]:
        """Files for browsers of staff. With nobody looking the distribution itself costs nothing."""
        loads = self._rides / 1_000 * a.CONSOLE_LOADS * self._stage.distributions
        yield Line(p.EDGE_TRANSFER, loads * a.CONSOLE_BYTES / _GB)
        yield Line(p.EDGE_REQUEST, loads * a.CONSOLE_FILES)
        yield Line(p.CONSOLE_STORAGE, self._stage.distributions * a.CONSOLE_STORED_BYTES / _GB)

    def _traces(self) -> float:
        """REST calls and sagas begin traces. Functions that others start only go on with one."""
        begun = self._rides * (self._ride.rest_calls + self._ride.executions)
        in_any_case = min(begun, SECONDS * self._stage.traced_each_s)
        return in_any_case + self._stage.traced_share * (begun - in_any_case)

    def _bytes_out(self) -> float:
        return self._ride.frames_out * a.FRAME_BYTES + self._ride.rest_calls * a.ANSWER_BYTES
