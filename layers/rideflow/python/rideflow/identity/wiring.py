"""Identity's objects, built once per execution environment."""

from __future__ import annotations

from functools import cache

from rideflow.identity.cognito import CognitoAccounts
from rideflow.identity.service import Identity
from rideflow.identity.used_codes import DynamoUsedCodes
from rideflow.kernel.clock import utc_now
from rideflow.kernel.events import DomainEvent
from rideflow.kernel.settings import BusSettings, IdentitySettings, SignInSettings


class NotPublishedError(RuntimeError):
    """The bus did not take the event."""


@cache
def identity() -> Identity:
    settings = IdentitySettings.from_environment()
    used_codes = DynamoUsedCodes(SignInSettings.from_environment().table, utc_now)
    return Identity(CognitoAccounts(settings.user_pool_id, settings.client_id), used_codes, _publish, utc_now)


def _publish(event: DomainEvent) -> None:
    """Straight to the bus, whose settings only the operations that publish are given."""
    from rideflow.kernel.outbox import EventBridgePublisher

    publisher = EventBridgePublisher(BusSettings.from_environment().name)
    if not publisher([event.envelope()]):
        raise NotPublishedError(event.type)
