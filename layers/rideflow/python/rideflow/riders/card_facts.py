"""What Stripe tells of a card, as facts that are recorded one by one.

The facts of a card come in any order, and again.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import ConfigDict, Field

from rideflow.kernel.model import Message


class OwnedCard(Message):
    """The rider has set the payment method up."""

    fact: Literal["owned"] = "owned"
    payment_method_id: str
    rider_id: UUID
    stripe_customer_id: str


class DescribedCard(Message):
    """The face of the card in Stripe's answer to a request that was sent at `read_at`."""

    model_config = ConfigDict(hide_input_in_errors=True)

    fact: Literal["described"] = "described"
    payment_method_id: str
    stripe_customer_id: str
    brand: str
    last4: Annotated[str, Field(pattern="^[0-9]{4}$")]
    exp_month: int
    exp_year: int
    funding: str | None = None
    read_at: datetime


class DetachedCard(Message):
    """The payment method was taken from its customer."""

    fact: Literal["detached"] = "detached"
    payment_method_id: str


type CardFact = OwnedCard | DescribedCard | DetachedCard


class RecordCard(Message):
    """Record one fact of a card. Errors never quote the fact, since logs carry no personal data."""

    model_config = ConfigDict(hide_input_in_errors=True)

    card: Annotated[OwnedCard | DescribedCard | DetachedCard, Field(discriminator="fact")]
