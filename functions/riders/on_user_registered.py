"""A person registered as a rider: their profile begins with what they registered with.

Needs: database, person_keys.
Consumes: UserRegistered (rideflow.identity).
"""

from __future__ import annotations

from uuid import UUID

from rideflow.kernel.consumer import consumer
from rideflow.kernel.model import Message
from rideflow.kernel.sealing import SealedText
from rideflow.riders.wiring import riders


class UserRegistered(Message):
    """A person confirmed their account; `email` and `name` are sealed for them."""

    person_id: UUID
    role: str
    email: SealedText
    name: SealedText | None = None


def on_user_registered(user: UserRegistered) -> None:
    if user.role == "rider":
        riders().registered(user.person_id, user.email, user.name)


app = consumer(on_user_registered)
