"""Reading and checking a REST request's address and headers, in API Gateway's event."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rideflow.kernel.errors import MalformedRequestError, UnsupportedMediaTypeError

type Event = Mapping[str, Any]


def header(event: Event, name: str) -> str | None:
    """The last value of the header. `name` is in lower case; the event may have it in any case."""
    return next((value for sent, value in (event.get("headers") or {}).items() if sent.lower() == name), None)


def with_query_in_lower_case(event: Event) -> Event:
    """The event with the names of its query parameters in lower case, as all of ours are."""
    sent = event.get("multiValueQueryStringParameters")
    if not sent or all(name.islower() for name in sent):
        return event
    folded: dict[str, list[str]] = {}
    for name, values in sent.items():
        folded.setdefault(name.lower(), []).extend(values)
    single = {name: values[-1] for name, values in folded.items()}
    return {**event, "queryStringParameters": single, "multiValueQueryStringParameters": folded}


def check_address(event: Event) -> None:
    """Raises `MalformedRequestError` for unprintable characters in path or query, such as `%00`."""
    if not event["path"].isprintable():
        raise MalformedRequestError("The path holds characters that cannot be printed.")
    for name, values in (event.get("multiValueQueryStringParameters") or {}).items():
        if not name.isprintable() or not all(value.isprintable() for value in values):
            field = name if name.isprintable() else None
            raise MalformedRequestError("The query holds characters that cannot be printed.", field=field)


def check_media_type(event: Event) -> None:
    """Raises `UnsupportedMediaTypeError` if the headers declare the body as compressed, or as other than JSON."""
    coding = header(event, "content-encoding") or "identity"
    if coding.strip().lower() != "identity":
        raise UnsupportedMediaTypeError("Send the body uncompressed, without the header Content-Encoding.")
    sent = header(event, "content-type") or "application/json"
    kind = sent.partition(";")[0].strip().lower()
    if kind != "application/json" and not (kind.startswith("application/") and kind.endswith("+json")):
        named = kind[:100] if kind.isprintable() else "another kind"
        raise UnsupportedMediaTypeError(f"The body came as {named}: send JSON, with Content-Type: application/json.")
