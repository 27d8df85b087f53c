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
STEP_S = Assumption(4, "s", "A phone sends a position this often while its car drives or has a trip.")
STANDING_STEP_S = Assumption(15, "s", "The heartbeat of a car that stands and waits; it is matchable for 30 s after.")
STANDING_SHARE = Assumption(
    0.14,
    "of the waiting time",
    "Drivers in San Francisco park for 14 % of the time between trips (Millard-Ball et al., Transportation 50, 2022)."
    " The other drivers on the road count as driving, red lights included.",
)
ACK_SHARE = Assumption(0.1, "of positions", "An app that wants to know that it is heard asks with every tenth.")
CONNECTION_S = Assumption(7200, "s", "API Gateway ends a WebSocket after two hours, and the phone opens another.")

WATCH_AGAIN_S = Assumption(20, "s", "The console repeats `market.watch` this often; each is answered by a frame.")
WATCH_FRAME_BYTES = Assumption(
    4_000,
    "per frame",
    "A second of 470 moving cars in the viewport of a fleet of 10,000 is measured at 3,800 (`rideflow bench --only"
    " channel`).",
)

OFFERS = Assumption(1.3, "per ride", "Every third ride or so is offered to a second driver.")
TICKS = Assumption(4, "per ride", "One for the request, others when a driver is free again or an offer ends.")
EVENTS_AT_ONCE = Assumption(
    20, "per invocation", "A consumer of every event takes those of five seconds together, up to 500."
)
STRIPE_EVENTS = Assumption(2, "per ride", "Stripe tells of the hold and of the capture; each is one webhook.")
SQL_STATEMENTS = Assumption(
    80, "per ride", "58 are measured (`rideflow bench --only usage`); ratings, webhooks and sweeps come on top."
)

POSITION_MS = Assumption(10, "ms", "One Redis round trip in the same region; measured locally it is below 1 ms.")
PUSH_MS = Assumption(30, "ms", "A DynamoDB query and a post to the connection, which the invocation waits for.")
HANDLER_MS = Assumption(60, "ms", "The wait for a few statements by RDS Proxy and one call of EventBridge.")
TICK_MS = Assumption(120, "ms", "Redis, PostgreSQL, the assignment, and a push for each offer.")
AUTHORIZER_MS = Assumption(10, "ms", "A signature is verified with a key that is in memory.")
STRIPE_MS = Assumption(800, "ms", "Stripe answers a capture within a second.")
SWEEP_MS = Assumption(30, "ms", "A sweep that finds nothing asks one store one question.")
CPU_MS = Assumption(
    3,
    "ms of a whole core",
    "0.1 to 1.6 ms are measured (`rideflow bench --only usage`); Graviton's core and TLS take more. Comes on top of the"
    " wait, and is longer with less memory: 1,769 MB are a whole core.",
)
COLD_START_SHARE = Assumption(0.01, "of invocations", "A busy function keeps its environments.")
COLD_START_MS = Assumption(300, "ms", "The environment and the layers.")
COLD_START_CPU_MS = Assumption(300, "ms of a whole core", "The imports, 170 to 300 ms on a laptop.")

STATEMENTS_PER_ACU_S = Assumption(
    150,
    "per ACU and s",
    "A statement takes 0.18 ms of a core (`rideflow bench --only usage`) and an ACU is about a quarter of one: 1,400 a"
    " second; a ninth of that is reckoned with.",
)
PEAK_FACTOR = Assumption(3, "of the mean", "Rides per second at the peak; Aurora is reckoned to stay at that size.")
PROXY_MIN_ACU = Assumption(8, "ACU", "RDS Proxy before Aurora Serverless is charged for at least this capacity.")
DATABASE_IO = Assumption(160, "per ride", "Two storage requests a statement: its log record and a page.")
IDLE_IO_PER_S = Assumption(1, "per s", "Sweeps and the database's own upkeep, while it is awake.")
PAUSING_AWAKE_H = Assumption(
    20,
    "h a month",
    "A database that pauses, without rides: sweeps wake it at noon and midnight, those of an hour once more, for about"
    " 7 minutes each (ADR 143), and what is due now and then comes on top.",
)
PAUSING_ACU = Assumption(1, "ACU", "Its capacity while sweeps look at an empty database.")
LOOK_READ_UNITS = Assumption(2, "per scheduled run", "Where sweeps sleep, they read two items with strong consistency.")
DATABASE_BYTES = Assumption(30_000, "per ride", "Trip, events, quote, orders, ledger, receipt, with their indexes.")
PATH_BYTES = Assumption(5_000, "per ride", "A driven path, as compressed JSON.")
MONTHS_KEPT = Assumption(12, "months", "Data that is never deleted is counted as after the first year.")

REDIS_DRIVER_BYTES = Assumption(1_000, "per driver online", "981 are measured, index entries included (ADR 138).")
REDIS_POSITION_BYTES = Assumption(85, "per position of a trip", "A path of 240 positions has 20,200 bytes (ADR 138).")
REDIS_CALLS = Assumption(25, "per ride", "Beside positions; 12 are measured (`rideflow bench --only usage`).")
REDIS_CALL_MS = Assumption(
    0.2, "ms of a core", "0.1 ms is measured (`rideflow bench --only usage`) without TLS, which doubles it at most."
)

RIDE_LOG_BYTES = Assumption(
    5_000, "per ride", "3,290 are measured (`rideflow bench --only usage`), without connects, ratings and webhooks."
)
SWEEP_LOG_BYTES = Assumption(300, "per scheduled run", "A figure that the sweep counts; most count none.")
ACCESS_LOG_BYTES = Assumption(350, "per request", "A line of the REST API's access log.")
LOG_STORED_SHARE = Assumption(0.15, "of the bytes taken in", "CloudWatch keeps logs compressed.")
CUSTOM_METRICS = Assumption(40, "metrics", "Of what functions count, by name and dimensions, in months with traffic.")

EVENT_BYTES = Assumption(1_000, "per event", "An event with its envelope; EventBridge charges by 64 KB.")
FRAME_BYTES = Assumption(400, "per frame", "A frame to an app with its share of TLS.")
ANSWER_BYTES = Assumption(1_500, "per REST call", "The answer's headers and body.")
POLLERS = Assumption(5, "per queue", "Lambda polls a queue by five connections, also when it is empty.")
POLL_S = Assumption(20, "s", "A long poll of an empty queue lasts this long.")
REQUESTS_PER_MESSAGE = Assumption(3, "per message", "Sent, received and deleted, each alone: batches would be cheaper.")

CONSOLE_LOADS = Assumption(
    20,
    "per thousand rides",
    "Staff open the console's pages a few times a day; browsers keep what is loaded, and ask again for four files.",
)
CONSOLE_FILES = Assumption(25, "per load", "Pages, code, settings and markets, when a browser has none of them.")
CONSOLE_BYTES = Assumption(900_000, "per load", "The budget of the console's first load, map included (ADR 147).")
CONSOLE_STORED_BYTES = Assumption(
    30_000_000, "bytes", "A build is 3 MB; those of a week's deploys are kept for tabs that are open."
)

RIDES_PER_RIDER = Assumption(
    4, "per month", "An active rider rides once a week. Cognito charges for people, not for rides."
)
RIDES_PER_DRIVER = Assumption(250, "per month", "Twelve rides a day on 21 days.")


def every_assumption() -> dict[str, Assumption]:
    """By name, in the order of this table."""
    return {name: value for name, value in globals().items() if isinstance(value, Assumption)}
