"""Identity's objects, built once per execution environment."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from uuid import UUID

from rideflow.identity.accounts import Person
from rideflow.identity.cognito import CognitoAccounts
from rideflow.identity.service import Identity
from rideflow.identity.sessions import Sessions
from rideflow.identity.used_codes import DynamoUsedCodes
from rideflow.kernel.clock import utc_now
from rideflow.kernel.events import DomainEvent
from rideflow.kernel.settings import BusSettings, GuardsSettings, IdentitySettings, SessionsSettings
from rideflow.kernel.wiring import seals


class NotPublishedError(RuntimeError):
    """The event could not be sealed, or the bus did not take it."""


@cache
def identity() -> Identity:
    settings = IdentitySettings.from_environment()
    used_codes = DynamoUsedCodes(GuardsSettings.from_environment().table, utc_now)
    accounts = CognitoAccounts(settings.user_pool_id, settings.client_id)
    return Identity(accounts, Sessions(_LazyEndedSessions(), _publish, utc_now), used_codes, _tell_registered)


def _tell_registered(person: Person) -> None:
    from rideflow.identity.events import UserRegistered
    from rideflow.kernel.person_keys import PersonKeysUnavailableError

    try:
        event = UserRegistered.of(person, utc_now, seals())
    except PersonKeysUnavailableError as error:
        raise NotPublishedError(UserRegistered.__name__) from error
    _publish(event)


class _LazyEndedSessions:
    """The table of ended sessions. Only operations that end sessions have its settings: they are read late."""

    def end(self, person_id: UUID, session: str | None, at: datetime) -> None:
        from rideflow.kernel.sessions import EndedSessions

        EndedSessions(SessionsSettings.from_environment().table).end(person_id, session, at)


def _publish(event: DomainEvent) -> None:
    """Publish to the bus. Only operations that publish have its settings, so they are read at the call."""
    from rideflow.kernel.outbox import EventBridgePublisher

    publisher = EventBridgePublisher(BusSettings.from_environment().name)
    if not publisher([event.envelope()]):
        raise NotPublishedError(event.type)
