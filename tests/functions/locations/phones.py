"""Messages of drivers' phones, and the frames that riders get."""

from datetime import timedelta
from typing import Any

from functions.locations import record_position, record_positions
from functions.supply import nearby
from rideflow.kernel.access import Caller
from tests.functions.dispatch.conftest import City
from tests.functions.lambda_events import Answer, answer, rest_event, signed_in, websocket_event


def position(city: City, north_m: float = 0, *, ago_s: float = 0, **more: Any) -> dict[str, Any]:
    at = city.street.position(north_m, at=city.street.now - timedelta(seconds=ago_s), **more)
    return at.model_dump(mode="json", exclude_none=True)


def sent(city: City, driver: Caller, north_m: float = 0, **more: Any) -> Answer:
    """The answer to a position that asks for one."""
    return answer(
        record_position.app, websocket_event("location", {**position(city, north_m, **more), "ack": True}, driver)
    )


def nearby_drivers(**query: str) -> Answer:
    event = rest_event(
        "GET", "/v1/locations/nearby", caller=signed_in("rider"), query={"lat": "37.7749", "lng": "-122.4194", **query}
    )
    return answer(nearby.app, event)


def batch(city: City, driver: Caller, positions: list[Any], **more: Any) -> Answer:
    body = {"positions": positions, **more}
    return answer(record_positions.app, rest_event("POST", "/v1/locations", body, driver))
