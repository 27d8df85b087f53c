"""Rotates Stripe's keys of a stage while rides go on.

Functions take a new secret at once: whatever Stripe refuses, or signs in a way that they do not know, makes them read
it again. A removed signing secret is accepted for five minutes more, as long as functions keep what they read.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from local.cloud import Cloud, CloudError

WEBHOOK_PREFIX = "whsec_"
_KEY_PREFIXES = ("sk_", "rk_")
_MODES = ("live", "test")


class RotationError(CloudError):
    """The secret stays as it was."""


class StripeKeys:
    """The secret of a stage in Secrets Manager."""

    def __init__(self, cloud: Cloud) -> None:
        self.name = f"rideflow/{cloud.stage}/stripe"
        self._client = cloud.client("secretsmanager")

    def begin_webhook(self, new: str) -> None:
        """Accept signatures by the new secret and by the present one. Repeating it changes nothing."""
        if not new.startswith(WEBHOOK_PREFIX):
            raise RotationError(f"Stripe's signing secrets begin with {WEBHOOK_PREFIX}.")
        keys = self._read()
        if new == keys["webhook_secret"]:
            return
        known = [keys["webhook_secret"], *keys.get("former_webhook_secrets", [])]
        # The first secret of a stage is random letters: nobody signs by them.
        former = [secret for secret in known if secret != new and secret.startswith(WEBHOOK_PREFIX)]
        self._write(keys | {"webhook_secret": new, "former_webhook_secrets": former})

    def finish_webhook(self) -> int:
        """Accept signatures by the newest secret alone. Returns how many secrets were removed."""
        keys = self._read()
        former = keys.pop("former_webhook_secrets", [])
        if former:
            self._write(keys)
        return len(former)

    def replace_api_key(self, new: str, is_accepted: Callable[[str], bool]) -> None:
        """Call Stripe by the new key from now on. `is_accepted` asks Stripe whether the key is valid."""
        keys = self._read()
        self.refuse_unlike(new)
        if not is_accepted(new):
            raise RotationError("Stripe does not accept this key.")
        self._write(keys | {"api_key": new})

    def refuse_unlike(self, key: str) -> None:
        """Raise RotationError for what is no secret key of Stripe's, or is of another mode than the present one."""
        if not key.startswith(_KEY_PREFIXES):
            raise RotationError("Stripe's secret keys begin with sk_ or rk_.")
        if (mode := _mode(self._read()["api_key"])) and _mode(key) != mode:
            raise RotationError(f"The present key is a {mode} key, and this is none.")

    def is_test_key(self) -> bool:
        """Whether functions call Stripe in its test mode, where no money moves. Raises RotationError without a key."""
        mode = _mode(self._read()["api_key"])
        if mode is None:
            raise RotationError(f"Stripe's key of the stage is not set: put it into the secret {self.name} first.")
        return mode == "test"

    def _read(self) -> dict[str, Any]:
        try:
            found = self._client.get_secret_value(SecretId=self.name)
        except self._client.exceptions.ResourceNotFoundException:
            raise RotationError(f"There is no secret {self.name}: is the stage deployed in this region?") from None
        keys: dict[str, Any] = json.loads(found["SecretString"])
        return keys

    def _write(self, keys: dict[str, Any]) -> None:
        self._client.put_secret_value(SecretId=self.name, SecretString=json.dumps(keys))


def accepted_at(address: str) -> Callable[[str], bool]:
    """Asks Stripe at this address whether it takes a key."""
    import httpx

    def ask(key: str) -> bool:
        try:
            answer = httpx.get(f"{address}/v1/balance", headers={"Authorization": f"Bearer {key}"}, timeout=10)
        except httpx.HTTPError as error:
            raise RotationError(f"Stripe cannot be asked: {error}") from error
        # A restricted key may be valid without the right to read the balance.
        return answer.status_code in {200, 403}

    return ask


def _mode(key: str) -> str | None:
    return next((mode for mode in _MODES if f"_{mode}_" in key), None)
