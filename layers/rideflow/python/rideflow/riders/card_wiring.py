"""The objects of saved cards, which use the database; built once per execution environment, imported where built."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rideflow.riders.cards import Cards


@cache
def cards() -> Cards:
    from rideflow.kernel.postgres import database
    from rideflow.riders.card_store import PostgresCards
    from rideflow.riders.cards import Cards

    return Cards(PostgresCards(database()))
