"""Stripe: one client per execution environment, its secret, and its errors in the product's words.

The library is imported where it is used: it costs a cold start 104 ms.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any, NotRequired, TypedDict

from pydantic import BaseModel, ConfigDict

from rideflow.kernel.errors import PaymentRequiredError, UnavailableError
from rideflow.kernel.settings import StripeSettings

if TYPE_CHECKING:
    from stripe import StripeClient

_SECRET_LIFETIME_S = 300
_TIMEOUT_S = (2, 7)
"""To connect, to answer: with two retries the whole call stays within the 30 s that a saga step has."""


class CardDeclinedError(PaymentRequiredError):
    """The card's bank refuses, or wants its holder to authenticate."""

    code = "card_declined"

    class Members(TypedDict):
        decline_code: NotRequired[str]


class StripeUnavailableError(UnavailableError):
    """Stripe did not give a usable answer; whether it did what was asked is unknown, so it is asked again."""

    code = "stripe_unavailable"


class StripeSecret(BaseModel):
    """What Secrets Manager keeps for Stripe. The publishable key is no secret, but it belongs to the others."""

    model_config = ConfigDict(frozen=True, extra="ignore", defer_build=True)

    api_key: str
    webhook_secret: str
    publishable_key: str | None = None


class Secrets:
    """Reads the secret, and reads it again when what it knows is older than five minutes: secrets are rotated."""

    def __init__(self, secret_arn: str) -> None:
        self._secret_arn = secret_arn
        self._known: StripeSecret | None = None
        self._read_at = 0.0

    def current(self) -> StripeSecret:
        """Raises `StripeUnavailableError` if Secrets Manager does not answer."""
        if self._known is None or time.monotonic() - self._read_at > _SECRET_LIFETIME_S:
            self._known, self._read_at = self._read(), time.monotonic()
        return self._known

    def _read(self) -> StripeSecret:
        from botocore.exceptions import BotoCoreError

        from rideflow.kernel.aws import client

        try:
            answer = client("secretsmanager").get_secret_value(SecretId=self._secret_arn)
        except BotoCoreError as error:
            raise StripeUnavailableError("The payment provider cannot be asked now; please try again.") from error
        return StripeSecret.model_validate(json.loads(answer["SecretString"]))


class Stripe:
    """The library's client for the present key. Its own retries repeat a request under the same idempotency key."""

    def __init__(self, secrets: Secrets, api_base: str, max_network_retries: int = 2) -> None:
        self._secrets = secrets
        self._api_base = api_base
        self._max_network_retries = max_network_retries
        self._client: StripeClient | None = None
        self._api_key = ""

    @property
    def publishable_key(self) -> str | None:
        return self._secrets.current().publishable_key

    def client(self) -> StripeClient:
        import stripe

        api_key = self._secrets.current().api_key
        if self._client is None or api_key != self._api_key:
            self._api_key = api_key
            self._client = stripe.StripeClient(
                api_key,
                base_addresses={"api": self._api_base},
                max_network_retries=self._max_network_retries,
                http_client=stripe.RequestsClient(timeout=_TIMEOUT_S),
            )
        return self._client


@contextmanager
def stripe_errors() -> Iterator[None]:
    """Raises `CardDeclinedError` and `StripeUnavailableError` for Stripe's own; what is our fault stays as it is.

    A 409 says that the same idempotency key is being worked on just now, and a 429 that we ask too often.
    """
    import stripe

    try:
        yield
    except stripe.CardError as error:
        raise CardDeclinedError(error.user_message or "Your card was declined.", **_decline(error)) from error
    except (stripe.APIConnectionError, stripe.RateLimitError) as error:
        raise StripeUnavailableError("The payment provider does not answer; please try again.") from error
    except stripe.StripeError as error:
        if (error.http_status or 0) >= 500 or error.http_status == 409:
            raise StripeUnavailableError("The payment provider does not answer; please try again.") from error
        raise


def _decline(error: Any) -> dict[str, str]:
    reason = getattr(error.error, "decline_code", None) or error.code
    return {"decline_code": reason} if reason else {}


@cache
def stripe_secrets() -> Secrets:
    """Stripe's secret in this execution environment."""
    return Secrets(StripeSettings.from_environment().secret_arn)


@cache
def stripe() -> Stripe:
    """Stripe's client in this execution environment."""
    return Stripe(stripe_secrets(), StripeSettings.from_environment().api_base)
