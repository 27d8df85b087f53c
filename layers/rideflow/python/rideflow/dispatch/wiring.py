"""Dispatch's objects, built once per execution environment.

Each is imported with what it needs where it is built: the saga's starters need no database, accepting no matcher, and
the Redis client costs a cold start 100 ms.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING
from uuid import UUID

from rideflow.kernel.clock import utc_now
from rideflow.kernel.settings import DispatchSettings, MatchSagaSettings, ReleaseSettings

if TYPE_CHECKING:
    from datetime import datetime

    from rideflow.dispatch.manual import ManualDispatch
    from rideflow.dispatch.offer_responses import OfferResponses
    from rideflow.dispatch.promises import PostgresPromises
    from rideflow.dispatch.requests import Requests
    from rideflow.dispatch.saga import StepFunctionsSaga
    from rideflow.dispatch.schedule import TickQueue
    from rideflow.dispatch.store import PostgresOffers
    from rideflow.dispatch.ticks import Ticks
    from rideflow.dispatch.zones import Zones
    from rideflow.kernel.postgres import Database


@cache
def offer_responses() -> OfferResponses:
    from rideflow.dispatch.offer_responses import OfferResponses
    from rideflow.kernel.outbox import outbox
    from rideflow.kernel.queues import Queue
    from rideflow.realtime.wiring import realtime
    from rideflow.supply.wiring import queues, reservations

    expiries = Queue(DispatchSettings.from_environment().offer_expiry_queue_url)
    return OfferResponses(_offers(), reservations(), queues(), realtime(), outbox(), _tick_queue(), expiries, utc_now)


def _keep_promise(driver_id: UUID) -> None:
    """Built when there is one to keep, which is seldom left to the sweep."""
    offer_responses().keep_promise(driver_id)


@cache
def promises() -> PostgresPromises:
    from rideflow.dispatch.promises import PostgresPromises
    from rideflow.kernel.postgres import database

    return PostgresPromises(database())


@cache
def requests() -> Requests:
    from rideflow.dispatch.notifiers import DriverNotifier
    from rideflow.dispatch.requests import Requests
    from rideflow.kernel.executions import answer_saga
    from rideflow.realtime.wiring import realtime
    from rideflow.supply.wiring import queues, reservations
    from rideflow.trips.wiring import trips

    return Requests(
        _offers(),
        reservations(),
        queues(),
        trips(),
        DriverNotifier(realtime()),
        _tick_queue(),
        answer_saga,
        _keep_promise,
        utc_now,
    )


def requests_due_at(look: Database) -> datetime | None:
    """From when on the sweep of requests may have something to do: now, while one is open."""
    from rideflow.dispatch.store import PostgresOffers

    return utc_now() if PostgresOffers(look).living() else None


@cache
def ticks() -> Ticks:
    from rideflow.dispatch.demand import DemandSnapshots
    from rideflow.dispatch.notifiers import DriverNotifier
    from rideflow.dispatch.ticks import Ticks
    from rideflow.kernel.queues import Queue
    from rideflow.markets.wiring import markets
    from rideflow.realtime.wiring import realtime
    from rideflow.supply.wiring import leases, neighbours, queues, reservations, search

    expiries = Queue(DispatchSettings.from_environment().offer_expiry_queue_url)
    return Ticks(
        _offers(),
        leases(),
        neighbours(),
        queues(),
        reservations(),
        _tick_queue(),
        expiries,
        DriverNotifier(realtime()),
        DemandSnapshots(_offers(), search(), neighbours()),
        markets(),
        utc_now,
    )


@cache
def manual_dispatch() -> ManualDispatch:
    from rideflow.dispatch.manual import ManualDispatch
    from rideflow.dispatch.manual_store import PostgresChoices
    from rideflow.dispatch.notifiers import DriverNotifier
    from rideflow.kernel.postgres import database
    from rideflow.kernel.queues import Queue
    from rideflow.markets.wiring import markets
    from rideflow.realtime.wiring import realtime
    from rideflow.supply.wiring import position_history, reservations

    choices = PostgresChoices(database(), _offers())
    expiries = Queue(DispatchSettings.from_environment().offer_expiry_queue_url)
    notifier = DriverNotifier(realtime())
    return ManualDispatch(choices, reservations(), position_history(), notifier, expiries, markets())


@cache
def zones() -> Zones:
    from rideflow.dispatch.zones import Zones
    from rideflow.kernel.postgres import database
    from rideflow.markets.wiring import markets

    return Zones(database(), markets(), utc_now)


@cache
def saga() -> StepFunctionsSaga:
    from rideflow.dispatch.saga import StepFunctionsSaga
    from rideflow.kernel.executions import Executions

    settings, release = MatchSagaSettings.from_environment(), ReleaseSettings.from_environment()
    return StepFunctionsSaga(Executions(settings.state_machine_arn, release.name), settings.patience_s, utc_now)


@cache
def _offers() -> PostgresOffers:
    from rideflow.dispatch.store import PostgresOffers
    from rideflow.kernel.postgres import database

    return PostgresOffers(database())


@cache
def _tick_queue() -> TickQueue:
    from rideflow.dispatch.schedule import TickQueue
    from rideflow.kernel.queues import Queue
    from rideflow.supply.wiring import leases

    return TickQueue(leases(), Queue(DispatchSettings.from_environment().tick_queue_url))
