"""Stripe: one client per execution environment, its secret, and its errors as those of the port.

The library is imported where it is used: it costs a cold start 104 ms.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict

from rideflow.kernel.observability import count, logger
from rideflow.kernel.settings import StripeSettings
from rideflow.payments.providers.errors import (
    PaymentDeclinedError,
    ProviderRefusedError,
    ProviderUnavailableError,
)

if TYPE_CHECKING:
    from stripe import CardError, StripeClient, StripeError

_SECRET_LIFETIME_S = 300
_READ_AGAIN_AFTER_S = 10
"""The shortest interval between two reads of the secret: requests that are forged must not cause a read each."""
_TIMEOUT_S = (2, 7)
"""Timeouts of connecting and of the response: with two retries a request takes half a minute at most."""
_MAY_PASS = frozenset({401, 403, 409, 429})
"""Statuses of answers that another moment may change, though they are the client's errors by their number."""


class StripeSecret(BaseModel):
    """Stripe's keys in Secrets Manager. The publishable key is no secret; it is kept with the others."""

    model_config = ConfigDict(frozen=True, extra="ignore", defer_build=True)

    api_key: str
    webhook_secret: str
    former_webhook_secrets: tuple[str, ...] = ()
    publishable_key: str | None = None

    @property
    def webhook_secrets(self) -> tuple[str, ...]:
        """All secrets by which Stripe may sign now, while the signing secret is rotated."""
        return self.webhook_secret, *self.former_webhook_secrets


class Secrets:
    """Reads the secret, and reads it again after five minutes: secrets are rotated."""

    def __init__(self, secret_arn: str) -> None:
        self._secret_arn = secret_arn
        self._known: StripeSecret | None = None
        self._read_at = 0.0

    def current(self) -> StripeSecret:
        """Raises `ProviderUnavailableError` if Secrets Manager does not answer, or refuses."""
        if self._known is None or time.monotonic() - self._read_at > _SECRET_LIFETIME_S:
            self._known, self._read_at = self._read(), time.monotonic()
        return self._known

    def read_again(self) -> StripeSecret:
        """The secret after one of its keys was refused: read now, unless it was read within the last seconds.

        Raises `ProviderUnavailableError` if Secrets Manager does not answer, or refuses.
        """
        if self._known is None or time.monotonic() - self._read_at > _READ_AGAIN_AFTER_S:
            self._known, self._read_at = self._read(), time.monotonic()
        return self._known

    def _read(self) -> StripeSecret:
        from botocore.exceptions import BotoCoreError, ClientError

        from rideflow.kernel import aws

        try:
            answer = aws.client("secretsmanager").get_secret_value(SecretId=self._secret_arn)
        except (BotoCoreError, ClientError) as error:  # no answer, or one such as a throttled request's
            raise ProviderUnavailableError("The payment provider cannot be asked now; please try again.") from error
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
        """A client with the present key. When Stripe refuses it, the secret is read again and the request repeated."""
        import stripe

        from rideflow.payments.providers.stripe.http import KeyRenewingClient

        api_key = self._secrets.current().api_key
        if self._client is None or api_key != self._api_key:
            self._api_key = api_key
            self._client = stripe.StripeClient(
                api_key,
                base_addresses={"api": self._api_base},
                max_network_retries=self._max_network_retries,
                http_client=KeyRenewingClient(lambda: self._secrets.read_again().api_key, _TIMEOUT_S),
            )
        return self._client


@contextmanager
def stripe_errors() -> Iterator[None]:
    """Raise Stripe's errors as those of the port (`providers/errors.py`). This is the one place that classes them.

    | Stripe raises                        | then                       | because                              |
    |--------------------------------------|----------------------------|--------------------------------------|
    | `CardError`                          | `PaymentDeclinedError`     | the bank has decided                 |
    | no connection, 429, 5xx              | `ProviderUnavailableError` | the outcome is not known             |
    | 409, `lock_timeout`                  | `ProviderUnavailableError` | another request of ours is at work   |
    | 401, 403                             | `ProviderUnavailableError` | the key is being rotated; it heals   |
    | anything else, such as 400 or 404    | `ProviderRefusedError`     | a repeat gets the same answer        |

    Source: https://docs.stripe.com/error-handling and https://docs.stripe.com/api/errors.
    """
    import stripe

    try:
        yield
    except stripe.CardError as error:
        raise PaymentDeclinedError(error.user_message or "Your card was declined.", **decline_of(error)) from error
    except stripe.StripeError as error:
        if _is_final(error):
            count("PaymentProviderRefused")
            logger.error(
                "Stripe refuses a request of ours", extra={"stripe_code": error.code, "stripe_says": str(error)}
            )
            raise ProviderRefusedError("The payment could not be made.", **_told(error)) from error
        raise ProviderUnavailableError("The payment provider does not answer; please try again.") from error


def _is_final(error: StripeError) -> bool:
    """Whether the same request would get the same answer."""
    status = error.http_status
    return status is not None and 400 <= status < 500 and status not in _MAY_PASS and error.code != "lock_timeout"


def _told(error: StripeError) -> dict[str, str]:
    return {"provider_code": error.code} if error.code else {}


def decline_of(error: CardError) -> dict[str, str]:
    """The reason of a declined card, for the error's members."""
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
