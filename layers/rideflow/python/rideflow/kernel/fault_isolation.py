"""Fault isolation: one row that fails does not hold up the other rows of a sweep, a tick or a list."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

from rideflow.kernel.errors import UnavailableError
from rideflow.kernel.observability import count, logger


@contextmanager
def isolated(what: str, row_id: object, unanswered: list[UnavailableError] | None = None) -> Iterator[None]:
    """Log and count an error of the block, so that the caller goes on with the next row.

    An `UnavailableError` is raised: a store that does not answer would not answer for the other rows either, and the
    next run tries again. If other rows need other stores (each zone has its own), the error is added to `unanswered`
    instead, and the caller raises one of them at its end.
    """
    try:
        yield
    except UnavailableError as error:
        if unanswered is None:
            raise
        logger.warning("a row is left to the next run", extra={"what": what, "row": str(row_id)}, exc_info=True)
        unanswered.append(error)
    except Exception:
        _skipped(what, row_id)


def readable[R, T](rows: Iterable[R], read: Callable[[R], T], what: str, row_id: Callable[[R], object]) -> list[T]:
    """Read each row by `read`. Rows that it cannot read are logged, counted, and left out."""
    found = []
    for row in rows:
        try:
            found.append(read(row))
        except (LookupError, TypeError, ValueError):  # pydantic's are ValueErrors
            _skipped(what, row_id(row))
    return found


def _skipped(what: str, row_id: object) -> None:
    """Log the row, and count it in one metric without dimensions, on which there is an alarm."""
    logger.exception("a row was skipped", extra={"what": what, "row": str(row_id)})
    count("RowSkipped")
