"""Idempotent creation: the same `Idempotency-Key` twice creates one thing and answers alike.

The key is a row of PostgreSQL, written by the statement that creates the thing: either both are there or neither is, so
no crash and no race can leave a key without its thing. Two requests at once meet at the primary key; the second waits
for the first and then reads its answer. Semantics follow draft-ietf-httpapi-idempotency-key-header-07.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import psycopg
from psycopg.types.json import Jsonb
from pydantic import BaseModel

from rideflow.kernel.errors import InvalidInputError
from rideflow.kernel.postgres import Database, sql


class IdempotencyKeyReusedError(InvalidInputError):
    """The key was used before with another request."""

    code = "idempotency_key_reused"


@dataclass(frozen=True)
class IdempotencyKey:
    """Who asked for which operation under which key, and a fingerprint of what was asked."""

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
        return {
            "idempotency_person_id": self.person_id,
            "idempotency_operation": self.operation,
            "idempotency_key": self.key,
            "idempotency_fingerprint": self.fingerprint,
            "idempotency_response": Jsonb(response.model_dump(mode="json")),
        }


def create_once[View: BaseModel](
    database: Database, key: IdempotencyKey, view: type[View], create: Callable[[], View]
) -> View:
    """`create`, or what it answered when the key was used before.

    `create` runs a statement that inserts `key.parameters(...)`; its unique violation means the request is a repeat.
    Raises `IdempotencyKeyReusedError` when the repeat asks for something else.
    """
    try:
        return create()
    except psycopg.errors.UniqueViolation as violation:
        if violation.diag.constraint_name != "idempotency_keys_pkey":
            raise
    return replayed(database, key, view)


def replayed[View: BaseModel](database: Database, key: IdempotencyKey, view: type[View]) -> View:
    """The stored answer of the key."""
    stored = database.one(
        sql("rideflow.kernel", "idempotency_stored"),
        {"person_id": key.person_id, "operation": key.operation, "key": key.key},
    )
    if stored is None or stored["fingerprint"] != key.fingerprint:
        raise IdempotencyKeyReusedError("This Idempotency-Key was used with another request.", field="Idempotency-Key")
    return view.model_validate(stored["response"])
