"""Events that identity publishes, with the source `rideflow.identity`."""

from __future__ import annotations

from typing import ClassVar, Literal, Self
from uuid import UUID, uuid5

from rideflow.identity.accounts import Person
from rideflow.kernel.clock import Clock
from rideflow.kernel.events import DomainEvent

_REGISTRATIONS = UUID("4c1f9d0e-6f0b-5b7e-9d55-3b8d8d0f8a11")
"""Namespace of the ids of `UserRegistered`: a person registers once, so each repeat carries the same id."""


class UserRegistered(DomainEvent):
    """A person confirmed their e-mail, and may sign in."""

    context: ClassVar[str] = "identity"

    person_id: UUID
    role: str
    email: str
    name: str | None

    @classmethod
    def of(cls, person: Person, clock: Clock) -> Self:
        return cls(
            id=uuid5(_REGISTRATIONS, str(person.id)),
            at=clock(),
            person_id=person.id,
            role=person.role,
            email=person.email,
            name=person.name,
        )


type EndReason = Literal["signed_out", "suspended", "role_changed"]


class UserLoggedOut(DomainEvent):
    """A session of a person ended; with `session` null, every token that was issued to them up to `at` is void."""

    context: ClassVar[str] = "identity"

    person_id: UUID
    session: str | None
    reason: EndReason
