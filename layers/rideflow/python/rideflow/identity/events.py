"""Events that identity publishes, with the source `rideflow.identity`."""

from __future__ import annotations

from typing import ClassVar, Literal, Self
from uuid import UUID, uuid5

from rideflow.identity.accounts import Person
from rideflow.kernel.clock import Clock
from rideflow.kernel.events import DomainEvent
from rideflow.kernel.sealing import SealedText, Seals, of_registration

_REGISTRATIONS = UUID("4c1f9d0e-6f0b-5b7e-9d55-3b8d8d0f8a11")
"""Namespace of the ids of `UserRegistered`: a person registers once, so each repeat carries the same id."""


class UserRegistered(DomainEvent):
    """A person confirmed their e-mail, and may sign in.

    `email` and `name` are sealed for the person: the bus archives events, and an archive is not erased.
    """

    context: ClassVar[str] = "identity"

    person_id: UUID
    role: str
    email: SealedText
    name: SealedText | None

    @classmethod
    def of(cls, person: Person, clock: Clock, seals: Seals) -> Self:
        """Raises `PersonKeysUnavailableError`."""

        def sealed(text: str, what: Literal["email", "name"]) -> SealedText:
            return seals.seal_text(text, [person.id], of_registration(person.id, what))

        return cls(
            id=uuid5(_REGISTRATIONS, str(person.id)),
            at=clock(),
            person_id=person.id,
            role=person.role,
            email=sealed(person.email, "email"),
            name=None if person.name is None else sealed(person.name, "name"),
        )


type EndReason = Literal["signed_out", "suspended", "role_changed"]


class UserLoggedOut(DomainEvent):
    """A session of a person ended; with `session` null, every token that was issued to them up to `at` is void."""

    context: ClassVar[str] = "identity"

    person_id: UUID
    session: str | None
    reason: EndReason
