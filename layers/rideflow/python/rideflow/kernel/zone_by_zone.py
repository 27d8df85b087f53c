"""Calls for several zones. A zone that does not answer does not hold up the others."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from rideflow.kernel.errors import UnavailableError


def in_each(zone_ids: Iterable[str], act: Callable[[str], object]) -> None:
    """Call `act` for each zone. Raises `UnavailableError` at the end if a zone did not answer."""
    unanswered: UnavailableError | None = None
    for zone_id in zone_ids:
        try:
            act(zone_id)
        except UnavailableError as error:
            unanswered = error
    if unanswered is not None:
        raise unanswered


def first_in[T](zone_ids: Iterable[str], find: Callable[[str], T | None]) -> tuple[str, T] | None:
    """The first zone in which `find` finds something, and the thing.

    Raises `UnavailableError` if it was not found, and a zone did not answer.
    """
    unanswered: UnavailableError | None = None
    for zone_id in zone_ids:
        try:
            found = find(zone_id)
        except UnavailableError as error:
            unanswered = error
            continue
        if found is not None:
            return zone_id, found
    if unanswered is not None:
        raise unanswered
    return None
