"""Rotates Stripe's keys of a stage while rides go on.

Functions take a new secret at once: whatever Stripe refuses, or signs in a way that they do not know, makes them read
it again. A removed signing secret is accepted for five minutes more, as long as functions keep what they read.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from infra.constructs.naming import secret_name
from local.cloud import Cloud, CloudError

if TYPE_CHECKING:
    import httpx

WEBHOOK_PREFIX = "whsec_"
_KEY_PREFIXES = ("sk_", "rk_")
_MODES = ("live", "test")
_TAKES_MONEY = "prod"
"""The stage that charges real cards."""
_PENDING = "AWSPENDING"
_SHOWN_LETTERS = 4
_WRITTEN = {
    "Customers": "customers/cus_none",
    "SetupIntents": "setup_intents/seti_none/cancel",
    "PaymentIntents": "payment_intents/pi_none/cancel",
}
"""What functions write at Stripe, each with a request that changes nothing: its object does not exist.

Stripe asks a restricted key for the right to write for each POST, which includes the right to read.
Source: https://docs.stripe.com/keys/restricted-api-keys.
"""

type Probe = Callable[[str, str | None], None]
"""Asks Stripe about a key and a customer of the stage. Raises `RotationError` if functions cannot use the key."""


class RotationError(CloudError):
    """The secret stays as it was."""


class StripeKeys:
    """The secret of a stage in Secrets Manager. A change names the version that was read: no other is lost."""

    def __init__(self, cloud: Cloud) -> None:
        self.name = secret_name(cloud.stage, "stripe")
        self.customers = f"{cloud.prefix}payment-customers"
        self._cloud = cloud
        self._client = cloud.client("secretsmanager")

    def begin_webhook(self, new: str) -> bool:
        """Accept signatures by the new secret and by the present one. Returns whether the new one is not the present.

        Raises `RotationError` for a former secret: as the newest it would outlive the valid one.
        """
        if not new.startswith(WEBHOOK_PREFIX):
            raise RotationError(f"Stripe's signing secrets begin with {WEBHOOK_PREFIX}.")
        keys, version = self._read()
        present, former = keys["webhook_secret"], keys.get("former_webhook_secrets", [])
        if new == present:
            return False
        if new in former:
            raise RotationError(
                f"{_outline(new)} is a former secret, which --finish removes; the newest is {_outline(present)}. "
                "If that one is wrong, roll the secret in Stripe's dashboard once more."
            )
        # The first secret of a stage is random letters: nobody signs by them.
        kept = [secret for secret in (present, *former) if secret.startswith(WEBHOOK_PREFIX)]
        self._write(keys | {"webhook_secret": new, "former_webhook_secrets": kept}, version)
        return True

    def finish_webhook(self, agrees: Callable[[str, Sequence[str]], bool]) -> int:
        """Accept signatures by the newest secret alone. Returns how many secrets were removed.

        `agrees` is asked with the last letters of the secret that stays and of those that go.
        """
        keys, version = self._read()
        if not (former := keys.pop("former_webhook_secrets", [])):
            return 0
        if not agrees(_outline(keys["webhook_secret"]), [_outline(secret) for secret in former]):
            raise RotationError("Nothing is removed: all of them are accepted as before.")
        self._write(keys, version)
        return len(former)

    def replace_api_key(self, new: str, probe: Probe) -> bool:
        """Call Stripe by the new key from now on, if `probe` raises nothing.

        Returns whether its account was compared: a stage without customers has nothing to compare it by.
        """
        keys, version = self._read()
        self._refuse(new, keys)
        customer = self._customer()
        probe(new, customer)
        self._write(keys | {"api_key": new}, version)
        return customer is not None

    def refuse_unlike(self, key: str) -> None:
        """Raise RotationError for what is no secret key of Stripe's, or is of another mode than the present one."""
        self._refuse(key, self._read()[0])

    def _refuse(self, key: str, keys: Mapping[str, Any]) -> None:
        if not key.startswith(_KEY_PREFIXES):
            raise RotationError("Stripe's secret keys begin with sk_ or rk_.")
        if self._cloud.stage == _TAKES_MONEY and _mode(key) != "live":
            raise RotationError(f"{_TAKES_MONEY} charges real cards, and this is no live key.")
        if (mode := _mode(keys["api_key"])) and _mode(key) != mode:
            raise RotationError(f"The present key is a {mode} key, and this is none.")

    def is_test_key(self) -> bool:
        """Whether functions call Stripe in its test mode, where no money moves. Raises RotationError without a key."""
        mode = _mode(self._read()[0]["api_key"])
        if mode is None:
            raise RotationError(f"Stripe's key of the stage is not set: put it into the secret {self.name} first.")
        return mode == "test"

    def _customer(self) -> str | None:
        """The id at Stripe of any rider who began to add a card. Another account does not know it."""
        found = self._cloud.client("dynamodb").scan(TableName=self.customers, Limit=1)["Items"]
        return str(found[0]["customer_ref"]["S"]) if found else None

    def _read(self) -> tuple[dict[str, Any], str]:
        """The keys, and the id of their version."""
        try:
            found = self._client.get_secret_value(SecretId=self.name)
        except self._client.exceptions.ResourceNotFoundException:
            raise RotationError(f"There is no secret {self.name}: is the stage deployed in this region?") from None
        keys: dict[str, Any] = json.loads(found["SecretString"])
        return keys, found["VersionId"]

    def _write(self, keys: dict[str, Any], version: str) -> None:
        """Store the keys in place of that version. Raises `RotationError` if it is not the current one any more."""
        refusals = self._client.exceptions
        written = self._client.put_secret_value(
            SecretId=self.name, SecretString=json.dumps(keys), VersionStages=[_PENDING]
        )["VersionId"]
        try:
            self._client.update_secret_version_stage(
                SecretId=self.name, VersionStage="AWSCURRENT", RemoveFromVersionId=version, MoveToVersionId=written
            )
        except (refusals.InvalidParameterException, refusals.InvalidRequestException):
            raise RotationError(
                "Somebody else has changed Stripe's keys meanwhile. Nothing was changed here: try again."
            ) from None
        finally:
            self._client.update_secret_version_stage(
                SecretId=self.name, VersionStage=_PENDING, RemoveFromVersionId=written
            )


def probe_at(address: str) -> Probe:
    """Asks Stripe at this address. Nothing is made or changed there."""
    import httpx

    def probe(key: str, customer: str | None) -> None:
        try:
            with httpx.Client(
                base_url=f"{address}/v1/", headers={"Authorization": f"Bearer {key}"}, timeout=10
            ) as client:
                for what, path in _WRITTEN.items():
                    _refuse_without_right(client.post(path), f"write {what}")
                if customer is not None:
                    _refuse_other_account(client.get(f"customers/{customer}"), customer)
        except httpx.HTTPError as error:
            raise RotationError(f"Stripe cannot be asked: {error}") from error

    return probe


def _refuse_without_right(answer: httpx.Response, right: str) -> None:
    if answer.status_code == 401:
        raise RotationError("Stripe does not accept this key.")
    if answer.status_code == 403:
        raise RotationError(f"This key may not {right}, which functions do: give it that right in Stripe's dashboard.")
    if answer.status_code not in {400, 404}:
        raise RotationError(f"Stripe cannot be asked: it answers {answer.status_code}.")


def _refuse_other_account(answer: httpx.Response, customer: str) -> None:
    if answer.status_code == 404:
        raise RotationError(f"This key is of another account of Stripe, which does not know the rider {customer}.")
    if answer.status_code != 200:
        raise RotationError(f"Stripe cannot be asked: it answers {answer.status_code}.")


def _outline(secret: str) -> str:
    """As Stripe's dashboard shows keys: enough to tell two of them apart."""
    return f"{WEBHOOK_PREFIX}…{secret[-_SHOWN_LETTERS:]}"


def _mode(key: str) -> str | None:
    return next((mode for mode in _MODES if f"_{mode}_" in key), None)
