"""Reasons that staff give for what they do to a trip, sealed for the trip's people."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from rideflow.kernel.person_keys import PersonErasedError
from rideflow.kernel.postgres import Database, sql
from rideflow.kernel.sealing import SealedText, of_trip

if TYPE_CHECKING:
    from rideflow.kernel.sealing import Seals


@dataclass(frozen=True, slots=True)
class Reasons:
    """Seals reasons for the audit log, which is never changed: erasing a person makes what staff wrote unreadable."""

    database: Database
    seals: Callable[[], Seals]

    def sealed(self, reason: str, trip_id: UUID, operator_id: UUID, *, about_driver: UUID | None = None) -> SealedText:
        """The reason, sealed for everybody whom it concerns: the trip's rider and driver, and the driver it is about.

        People who were erased are left out; if nobody is left, it is sealed for the operator. Raises
        `PersonKeysUnavailableError`.
        """
        row = self.database.one(sql("rideflow.operations", "people_of_trip"), {"trip_id": trip_id}) or {}
        people = {each for each in (*row.values(), about_driver) if each is not None} or {operator_id}
        purpose = of_trip(trip_id, "operator_reason")
        try:
            return self.seals().seal_text(reason, people, purpose)
        except PersonErasedError as erased:
            return self.seals().seal_text(reason, people - erased.people or {operator_id}, purpose)
