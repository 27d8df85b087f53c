"""The record of cards, from outside the VPC: a function of riders that has the database."""

from __future__ import annotations

from rideflow.kernel.invoking import Function
from rideflow.riders.card_facts import CardFact, RecordCard


class InvokedCardRecord:
    """Hands each fact to the function `record_card`."""

    def __init__(self, record_card: Function) -> None:
        self._record_card = record_card

    def __call__(self, card: CardFact) -> None:
        """Raises what `Function` raises: it is then not known whether the fact was recorded."""
        self._record_card(RecordCard(card=card))
