"""Dispatch's objects, built once per execution environment."""

from __future__ import annotations

from functools import cache

from rideflow.dispatch.answers import Answers
from rideflow.dispatch.pool import RedisPool
from rideflow.dispatch.requests import Requests
from rideflow.dispatch.saga import StepFunctionsSaga, answer_saga
from rideflow.dispatch.store import PostgresOffers
from rideflow.dispatch.telling import Drivers
from rideflow.dispatch.ticks import TickQueue, Ticks
from rideflow.kernel.clock import utc_now
from rideflow.kernel.outbox import outbox
from rideflow.kernel.postgres import database
from rideflow.kernel.queues import Queue
from rideflow.kernel.redis import redis_cluster
from rideflow.kernel.settings import DispatchSettings, MatchSagaSettings
from rideflow.realtime.wiring import realtime
from rideflow.trips.wiring import trips


@cache
def _offers() -> PostgresOffers:
    return PostgresOffers(database())


@cache
def _pool() -> RedisPool:
    return RedisPool(redis_cluster())


@cache
def _tick_queue() -> TickQueue:
    return TickQueue(_pool(), Queue(DispatchSettings.from_environment().tick_queue_url))


@cache
def answers() -> Answers:
    return Answers(_offers(), _pool(), realtime(), outbox(), _tick_queue(), utc_now)


@cache
def requests() -> Requests:
    return Requests(_offers(), _pool(), trips(), Drivers(realtime()), _tick_queue(), answer_saga, utc_now)


@cache
def ticks() -> Ticks:
    expiries = Queue(DispatchSettings.from_environment().offer_expiry_queue_url)
    return Ticks(_offers(), _pool(), _tick_queue(), expiries, Drivers(realtime()), utc_now)


@cache
def saga() -> StepFunctionsSaga:
    settings = MatchSagaSettings.from_environment()
    return StepFunctionsSaga(settings.state_machine_arn, settings.patience_s)
