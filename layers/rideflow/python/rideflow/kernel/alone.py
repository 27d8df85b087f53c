"""One row in trouble stays alone with it: what sweeps and ticks do to many, they do to each of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

from rideflow.kernel.errors import UnavailableError
from rideflow.kernel.observability import count, logger


@contextmanager
def alone(what: str, row_id: object, unanswered: list[UnavailableError] | None = None) -> Iterator[None]:
    """Whatever fails inside is logged and counted, and the caller goes on with the next.

    A store that does not answer is raised: it would not answer for the others either, and the next run tries again. If
    others need other stores (each zone has its own), the error is added to `unanswered` instead, and the caller raises
    one of them at its end.
    """
    try:
        yield
    except UnavailableError as error:
        if unanswered is None:
            raise
        logger.warning("one is left to the next run", extra={"what": what, "row": str(row_id)}, exc_info=True)
        unanswered.append(error)
    except Exception:
        _tell(what, row_id)


def readable[R, T](rows: Iterable[R], read: Callable[[R], T], what: str, row_id: Callable[[R], object]) -> list[T]:
    """What `read` makes of the rows; those that it cannot read are logged and counted, and left out."""
    found = []
    for row in rows:
        try:
            found.append(read(row))
        except (LookupError, TypeError, ValueError):  # pydantic's are ValueErrors
            _tell(what, row_id(row))
    return found


def _tell(what: str, row_id: object) -> None:
    """The log names the row; the alarm on `LeftAlone` needs one figure for all of them."""
    logger.exception("one is left alone with its trouble", extra={"what": what, "row": str(row_id)})
    count("LeftAlone")
