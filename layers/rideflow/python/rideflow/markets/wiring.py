"""The deployment's markets, read once per execution environment."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rideflow.markets.model import Markets


@cache
def markets() -> Markets:
    from rideflow.markets.loading import DEPLOYED, markets_in

    return markets_in(DEPLOYED)
