"""Figures that neither templates nor code contain. Each is a number that carries its unit and its reason."""

from __future__ import annotations

from typing import Self


class Assumption(float):
    """A number for the calculation, with its unit and the reason for its value."""

    unit: str
    because: str

    def __new__(cls, value: float, unit: str, because: str) -> Self:
        self = super().__new__(cls, value)
        self.unit, self.because = unit, because
        return self


RIDE_S = Assumption(660, "s", "The mean drive of the recorded evening in simulation/figures is 657 s.")
PICKUP_S = Assumption(240, "s", "The free driver who is assigned is about 1.5 km of streets away, at city speed.")
BOARDING_S = Assumption(60, "s", "From arriving to starting, while the driver's phone goes on sending.")
MATCH_S = Assumption(5, "s", "A willing driver near is matched within this.")
APP_OPEN_S = Assumption(120, "s", "A rider's app is connected this long before the request and after the ride.")
IDLE_S = Assumption(600, "s", "A driver waits this long online for each ride: about 60 % of a shift is busy.")
BUSY_STEP_S = Assumption(4, "s", "A driving phone sends a position this often (every 3 to 5 s).")
IDLE_STEP_S = Assumption(5, "s", "A waiting phone sends its heartbeat this often; it is matchable for 30 s after.")
CONNECTION_S = Assumption(7200, "s", "API Gateway ends a WebSocket after two hours, and the phone opens another.")

OFFERS = Assumption(1.3, "per ride", "Every third ride or so is offered to a second driver.")
TICKS = Assumption(4, "per ride", "One for the request, others when a driver is free again or an offer ends.")
EVENTS_AT_ONCE = Assumption(
    20, "per invocation", "A consumer of every event takes those of five seconds together, up to 500."
)
STRIPE_EVENTS = Assumption(2, "per ride", "Stripe tells of the hold and of the capture; each is one webhook.")
SQL_STATEMENTS = Assumption(80, "per ride", "About two for each of the calls, saga steps and consumers of a ride.")

POSITION_MS = Assumption(10, "ms", "One Redis round trip in the same region; measured locally it is below 1 ms.")
PUSH_MS = Assumption(30, "ms", "A DynamoDB query and a post to the connection, which the invocation waits for.")
HANDLER_MS = Assumption(60, "ms", "A few statements by RDS Proxy and one call of EventBridge.")
TICK_MS = Assumption(120, "ms", "Redis, PostgreSQL, the assignment, and a push for each offer.")
AUTHORIZER_MS = Assumption(10, "ms", "A signature is verified with a key that is in memory.")
STRIPE_MS = Assumption(800, "ms", "Stripe answers a capture within a second.")
SWEEP_MS = Assumption(30, "ms", "A sweep that finds nothing asks one store one question.")
COLD_START_SHARE = Assumption(0.01, "of invocations", "A busy function keeps its environments.")
COLD_START_MS = Assumption(1200, "ms", "The environment, the layers and the imports (170 to 300 ms on a laptop).")

STATEMENTS_PER_ACU_S = Assumption(
    50, "per ACU and s", "Far below what is measured: 5,700 trip writes a second on two shared cores."
)
PEAK_FACTOR = Assumption(3, "of the mean", "Rides per second at the peak; Aurora is reckoned to stay at that size.")
PROXY_MIN_ACU = Assumption(8, "ACU", "RDS Proxy before Aurora Serverless is charged for at least this capacity.")
DATABASE_IO = Assumption(160, "per ride", "Two storage requests a statement: its log record and a page.")
IDLE_IO_PER_S = Assumption(1, "per s", "Sweeps and the database's own upkeep.")
DATABASE_BYTES = Assumption(30_000, "per ride", "Trip, events, quote, orders, ledger, receipt, with their indexes.")
PATH_BYTES = Assumption(5_000, "per ride", "A driven path, as compressed JSON.")
MONTHS_KEPT = Assumption(12, "months", "Data that is never deleted is counted as after the first year.")

INVOCATION_LOG_BYTES = Assumption(600, "per invocation", "Lambda's START, END and REPORT, and a log line at times.")
ACCESS_LOG_BYTES = Assumption(350, "per request", "A line of the access log, of either API.")
TRANSITION_LOG_BYTES = Assumption(1_500, "per transition", "Step Functions logs every event of a state, without data.")
LOG_STORED_SHARE = Assumption(0.15, "of the bytes taken in", "CloudWatch keeps logs compressed.")
TRACED_SHARE = Assumption(0.05, "of invocations", "X-Ray's sampling: the first each second, and 5 % of the rest.")
METRICS_PER_ROUTE = Assumption(5, "per route", "Count, two errors and two latencies, in months with traffic.")

EVENT_BYTES = Assumption(1_000, "per event", "An event with its envelope; EventBridge charges by 64 KB.")
FRAME_BYTES = Assumption(400, "per frame", "A frame to an app with its share of TLS.")
ANSWER_BYTES = Assumption(1_500, "per REST call", "The answer's headers and body.")
POLLERS = Assumption(5, "per queue", "Lambda polls a queue by five connections, also when it is empty.")
POLL_S = Assumption(20, "s", "A long poll of an empty queue lasts this long.")
REQUESTS_PER_MESSAGE = Assumption(3, "per message", "Sent, received and deleted, each alone: batches would be cheaper.")

RIDES_PER_RIDER = Assumption(
    4, "per month", "An active rider rides once a week. Cognito charges for people, not for rides."
)
RIDES_PER_DRIVER = Assumption(250, "per month", "Twelve rides a day on 21 days.")


def every_assumption() -> dict[str, Assumption]:
    """By name, in the order of this table."""
    return {name: value for name, value in globals().items() if isinstance(value, Assumption)}
