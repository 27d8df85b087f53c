"""Record one fact of a card that Stripe told.

Needs: database.
Invoked by: on_card_saved.
"""

from __future__ import annotations

from rideflow.kernel.consumer import step
from rideflow.riders.card_facts import RecordCard
from rideflow.riders.card_wiring import cards


def record_card(command: RecordCard) -> None:
    cards().record(command.card)


app = step(record_card)
