"""Idempotent creation: a repeated `Idempotency-Key` creates nothing and gets the first response.

The key is a row of PostgreSQL, written by the statement that creates the thing: either both are there or neither is, so
no crash and no race can leave a key without its thing. Two concurrent requests meet at the primary key: the second
waits for the first, then reads its response. The semantics follow draft-ietf-httpapi-idempotency-key-header-07.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from pydantic import BaseModel, ValidationError

from rideflow.kernel.errors import ConflictError, InvalidInputError, NotFoundError, PaymentRequiredError
from rideflow.kernel.model import stored
from rideflow.kernel.observability import logger

if TYPE_CHECKING:
    from rideflow.kernel.postgres import Database
    from rideflow.kernel.sealing import Seals


class IdempotencyKeyReusedError(InvalidInputError):
    """The key was used before with another request."""

    code = "idempotency_key_reused"


class IdempotencyAnswerUnreadableError(ConflictError):
    """The first request succeeded, but a newer release wrote its response, which this one cannot read."""

    code = "idempotency_answer_unreadable"


class IdempotencyKeyExpiredError(ConflictError):
    """The key expired while its repeat was processed."""

    code = "idempotency_key_expired"


@dataclass(frozen=True)
class IdempotencyKey:
    """The key of a person's request for an operation, with a fingerprint of the request."""

    person_id: UUID
    operation: str
    key: str
    fingerprint: str

    @classmethod
    def of(cls, person_id: UUID, operation: str, key: str, request: BaseModel) -> IdempotencyKey:
        body = json.dumps(request.model_dump(mode="json"), sort_keys=True).encode()
        return cls(person_id, operation, key, hashlib.sha256(body).hexdigest())

    def parameters(self, response: BaseModel) -> dict[str, Any]:
        """Parameters for the `insert into idempotency_keys` part of a creating statement.

        Names: `idempotency_person_id`, `idempotency_operation`, `idempotency_key`, `idempotency_fingerprint`,
        `idempotency_response`.
        """
        return self._parameters(response.model_dump(mode="json"))

    def sealed_parameters(self, response: BaseModel, seals: Seals) -> dict[str, Any]:
        """The same for a response with personal data, which is stored sealed for the key's person.

        Raises `PersonKeysUnavailableError`, `PersonErasedError`.
        """
        document = json.dumps(response.model_dump(mode="json"))
        return self._parameters(seals.seal_text(document, [self.person_id], self._purpose))

    def opened(self, response: Any, seals: Seals) -> Any:
        """The document of a response that was stored sealed; None if its person was erased.

        Raises `PersonKeysUnavailableError`, `SealBrokenError`.
        """
        text = seals.open_text(str(response), self._purpose)
        return None if text is None else json.loads(text)

    def _parameters(self, document: Any) -> dict[str, Any]:
        from psycopg.types.json import Jsonb

        return {
            "idempotency_person_id": self.person_id,
            "idempotency_operation": self.operation,
            "idempotency_key": self.key,
            "idempotency_fingerprint": self.fingerprint,
            "idempotency_response": Jsonb(document),
        }

    @property
    def _purpose(self) -> str:
        return f"idempotency/{self.operation}/{self.key}"


def _as_stored(response: Any) -> Any:
    return response


def create_once[View: BaseModel](
    database: Database,
    key: IdempotencyKey,
    view: type[View],
    create: Callable[[], View],
    opened: Callable[[Any], Any] = _as_stored,
) -> View:
    """Call `create`, or return the stored response if the key was used before.

    `create` runs a statement that inserts `key.parameters(...)`; its unique violation means that the request is a
    repeat. A refusal may mean the same: the first request may have been possible, say with a quote that has expired
    since. So the stored response is looked up only after a failure, and a first request pays nothing for this.
    Raises `IdempotencyKeyReusedError` if the repeat is a different request, `IdempotencyAnswerUnreadableError`.
    """
    import psycopg

    try:
        return create()
    except psycopg.errors.UniqueViolation as violation:
        if violation.diag.constraint_name != "idempotency_keys_pkey":
            raise
        answer = replayed(database, key, view, opened)
        if answer is None:  # the key expired between the two statements
            raise IdempotencyKeyExpiredError("The first request is too long ago; please use a new key.") from violation
    except (ConflictError, NotFoundError, InvalidInputError, PaymentRequiredError):
        answer = replayed(database, key, view, opened)
        if answer is None:
            raise
    return answer


def replayed[View: BaseModel](
    database: Database, key: IdempotencyKey, view: type[View], opened: Callable[[Any], Any] = _as_stored
) -> View | None:
    """The stored response of the key; None if the key was not used. `opened` opens one that was stored sealed.

    Raises `IdempotencyKeyReusedError`, `IdempotencyAnswerUnreadableError`.
    """
    from rideflow.kernel.postgres import sql
    from rideflow.kernel.sealing import SealBrokenError

    used = database.one(
        sql("rideflow.kernel", "idempotency_stored"),
        {"person_id": key.person_id, "operation": key.operation, "key": key.key},
    )
    if used is None:
        return None
    if used["fingerprint"] != key.fingerprint:
        raise IdempotencyKeyReusedError("This Idempotency-Key was used with another request.", field="Idempotency-Key")
    try:
        return stored(view, opened(used["response"]))
    except (ValidationError, SealBrokenError) as error:
        logger.exception("a stored answer cannot be read", extra={"operation": key.operation})
        raise IdempotencyAnswerUnreadableError(
            "This was done, but its answer cannot be told again; please look at what there is.",
            field="Idempotency-Key",
        ) from error


def forget_before(database: Database, used_before: datetime, limit: int) -> int:
    """Delete up to `limit` keys that were used before that time, the oldest first; returns how many."""
    from rideflow.kernel.postgres import sql

    parameters = {"used_before": used_before, "limit": limit}
    return database.execute(sql("rideflow.kernel", "idempotency_forget"), parameters)


def oldest_use(database: Database) -> datetime | None:
    """When the oldest key was used; None if there is none."""
    from rideflow.kernel.postgres import sql

    used_at: datetime | None = database.value(sql("rideflow.kernel", "idempotency_oldest"), {})
    return used_at
