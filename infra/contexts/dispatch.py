"""dispatch: open requests, zone ticks, offers and the match saga."""

from __future__ import annotations

from collections.abc import Sequence

import aws_cdk as cdk

from infra.capabilities import OFFER_EXPIRIES, TICKS, DispatchQueues, MatchSaga, SagaAnswers
from infra.constructs.consumer import events_of
from infra.constructs.context import AWAITED, Context
from infra.constructs.function import Capability, Limits
from infra.constructs.queue import MANY, ONE_BY_ONE, ZONES
from infra.contexts.cloud import Cloud

_TICK = Limits(memory_mb=1769, timeout_s=10, may_recur=True)
_EXPIRY = Limits(may_recur=True)
_FROM_PAYMENTS = (
    "prepare_hold",
    "place_hold",
    "record_hold",
    "ask_payer",
    "conclude_hold",
    "reject_hold",
    "release_hold",
    "record_release",
)


def declare(context: Context, cloud: Cloud) -> None:
    ticks, expiries = context.queue(TICKS, limits=_TICK), context.queue(OFFER_EXPIRIES, limits=_EXPIRY)
    queues = DispatchQueues(ticks.queue, expiries.queue)
    of_trips = cloud.bus.of("trips")  # they move trips on; of a dispatch by hand operations tells
    answering = (cloud.database, cloud.redis, of_trips, cloud.realtime, queues)
    _offers(context, answering)
    # One zone a message: a batch would make zones wait for each other.
    matching = (cloud.database, cloud.redis, cloud.realtime, queues)
    context.worker("tick", ticks, *matching, limits=_TICK, batch=ONE_BY_ONE, concurrency=ZONES)
    saga = MatchSaga.named(cdk.Stack.of(context.scope), context.stage, "match_trip")
    ending = (*answering, SagaAnswers(saga))
    context.worker("expire_offers", expiries, *ending, limits=_EXPIRY, concurrency=MANY)
    context.scheduled("sweep_requests", cdk.Duration.minutes(1), *ending)
    context.consumer("on_driver_went_offline", events_of("drivers", "DriverWentOffline"), *answering)
    context.consumer("on_trip_completed", events_of("trips", "TripCompleted"), *answering)
    _match_saga(context, saga, ending)


def _offers(context: Context, answering: Sequence[Capability]) -> None:
    context.websocket("offer.accept", "accept_offer_live", *answering)
    context.websocket("offer.decline", "decline_offer_live", *answering)
    context.rest("POST /v1/trips/{trip_id}/offer/accept", "accept_offer", *answering)
    context.rest("POST /v1/trips/{trip_id}/offer/decline", "decline_offer", *answering)


def _match_saga(context: Context, saga: MatchSaga, ending: Sequence[Capability]) -> None:
    context.workflow("match_trip", {"dispatch": ["open_request", "give_up"], "payments": _FROM_PAYMENTS})
    context.function("open_request", *ending, limits=AWAITED)
    context.function("give_up", *ending)
    context.consumer("on_trip_requested", events_of("trips", "TripRequested"), saga, limits=AWAITED, concurrency=MANY)
    context.consumer("on_driver_cancelled", events_of("trips", "DriverCancelled"), saga, limits=AWAITED)
    context.consumer("on_driver_assigned", events_of("trips", "DriverAssigned"), *ending)
    context.consumer("on_trip_ended", events_of("trips", "TripCancelled", "NoDriverFound"), *ending)
