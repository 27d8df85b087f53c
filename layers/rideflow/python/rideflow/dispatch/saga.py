"""Starts the match saga."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from rideflow.kernel.clock import Clock
from rideflow.kernel.executions import FAILED, Executions
from rideflow.kernel.observability import logger


class StepFunctionsSaga:
    """Executions of one state machine. A second start under the same name does nothing, nor does a second answer.

    An execution that failed before it could end the trip is followed by another one, under the name with a number:
    `<name>_2`, `<name>_3`, … The sweep of stalled trips asks for it.
    """

    def __init__(self, executions: Executions, patience_s: int, clock: Clock) -> None:
        self._executions = executions
        self._patience_s = patience_s
        self._clock = clock

    def start(self, trip_id: UUID, waits_until: datetime | None = None) -> None:
        """The trip was requested: hold the money, then search for a driver for as long as the rider waits."""
        self._start(str(trip_id), trip_id, waits_until, is_rematch=False)

    def start_again(self, trip_id: UUID, version: int, waits_until: datetime | None = None) -> None:
        """The driver cancelled at this version of the trip: the hold stays, and another driver is searched for."""
        self._start(f"{trip_id}-{version}", trip_id, waits_until, is_rematch=True)

    def _patience(self, waits_until: datetime | None) -> int:
        """The rider's patience in seconds. The rider of a scheduled ride waits until `waits_until`, or longer.

        They never wait for less than other riders.
        """
        if waits_until is None:
            return self._patience_s
        return max(self._patience_s, int((waits_until - self._clock()).total_seconds()))

    def _start(self, name: str, trip_id: UUID, waits_until: datetime | None, *, is_rematch: bool) -> None:
        document = {"trip_id": str(trip_id), "patience_s": self._patience(waits_until), "is_rematch": is_rematch}

        def numbered(number: int) -> str:
            return name if number == 1 else f"{name}_{number}"

        started = self._executions.start(numbered, document, again_after=FAILED)
        if started is None:
            logger.info("the saga was started before", extra={"execution": name})
        elif started != name:
            logger.warning("the saga is started again after one that failed", extra={"execution": started})
