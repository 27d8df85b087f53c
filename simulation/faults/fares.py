"""The deployed markets, but one product costs less than the provider takes, and declined captures wait for seconds.

A rider who takes such a ride takes another one afterwards, and its capture takes the small amount along. Two small
fares are together exactly the least charge, so the second of two small rides may pay both.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

USUAL, SMALL = "economy", "comfort"
"""The products of usual and of small fares."""
SMALL_MINOR = 25
QUICK_RETRIES = {"capture_attempts": 3, "retry_after_s": 5, "retry_factor": 2}
"""A declined capture is given up within the two hours that a run has; the waits are shorter than the deployed ones."""


@contextmanager
def small_fares() -> Iterator[None]:
    """Inside the block a ride of the product `SMALL` costs `SMALL_MINOR`, however far it goes."""
    from rideflow.markets import loading
    from rideflow.markets.wiring import markets

    with TemporaryDirectory(prefix="rideflow-faults-") as name:
        for market in loading.DEPLOYED.glob("*/market.json"):
            _copied(market.parent, Path(name) / market.parent.name)
        markets.cache_clear()
        try:
            with patch.object(loading, "DEPLOYED", Path(name)):
                markets()
            yield
        finally:
            markets.cache_clear()


def _copied(market: Path, to: Path) -> None:
    shutil.copytree(market, to)
    told = json.loads((to / "rates.json").read_text(encoding="utf-8"))
    rate = told["products"][SMALL]
    rate |= {"base_minor": SMALL_MINOR, "minimum_minor": SMALL_MINOR}
    rate |= dict.fromkeys(("per_km_minor", "per_minute_minor", "waiting_per_minute_minor"), "0")
    (to / "rates.json").write_text(json.dumps(told), encoding="utf-8")
    terms = json.loads((to / "terms.json").read_text(encoding="utf-8"))
    (to / "terms.json").write_text(json.dumps(terms | QUICK_RETRIES), encoding="utf-8")
