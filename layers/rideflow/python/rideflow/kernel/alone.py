"""One row in trouble stays alone with it: what sweeps and ticks do to many, they do to each of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

from rideflow.kernel.errors import UnavailableError
from rideflow.kernel.observability import count, logger


@contextmanager
def alone(what: str, row_id: object) -> Iterator[None]:
    """Whatever fails inside is logged and counted, and the caller goes on with the next.

    A store that does not answer is raised: it would not answer for the others either, and the next run tries again.
    """
    try:
        yield
    except UnavailableError:
        raise
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
    logger.exception("one is left alone with its trouble", extra={"what": what, "row": str(row_id)})
    count("LeftAlone", what=what)
