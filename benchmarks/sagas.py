"""The successful way through the two workflows, step by step; values between steps pass through JSON."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from functions.dispatch import open_request
from functions.locations import measure_path
from functions.payments import (
    capture_payment,
    place_hold,
    prepare_hold,
    prepare_settlement,
    record_hold,
    record_settlement,
)

type Json = dict[str, Any]
type Handler = Callable[[Json, Any], Any]


def match_trip(execution: Json) -> None:
    """Up to where the workflow waits for a driver."""
    wanted = {"trip_id": execution["trip_id"]}
    recorded = _step(record_hold.app, _step(place_hold.app, _expected(_step(prepare_hold.app, wanted), "place")))
    _expected(recorded, "held")
    waiting = {"execution": execution["trip_id"], "task_token": "token", "patience_s": execution["patience_s"]}
    _step(open_request.app, wanted | waiting)


def settle_trip(execution: Json) -> None:
    """From the end of the ride to its money in the books."""
    path = _step(measure_path.app, {"trip_id": execution["trip_id"]})
    names = ("trip_id", "driven_distance_m", "driven_duration_s", "driven_line", "coverage")
    driven = {name: path[name] for name in names}
    captured = _step(capture_payment.app, _step(prepare_settlement.app, driven))
    _step(record_settlement.app, {name: captured[name] for name in ("order_id", "captured_minor")})


def _step(app: Handler, document: Json) -> Json:
    return dict(json.loads(json.dumps(app(document, None))) or {})


def _expected(document: Json, outcome: str) -> Json:
    if document["outcome"] != outcome:
        raise RuntimeError(f"the ride under measurement left its way: {document}")
    return document
