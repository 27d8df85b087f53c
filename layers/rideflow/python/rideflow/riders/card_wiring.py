"""The objects of saved cards, which use the database; built once per execution environment."""

from __future__ import annotations

from functools import cache

from rideflow.kernel.postgres import database
from rideflow.riders.card_store import PostgresCards
from rideflow.riders.cards import Cards


@cache
def cards() -> Cards:
    return Cards(PostgresCards(database()))
