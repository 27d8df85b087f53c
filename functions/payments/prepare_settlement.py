"""Settle saga: decide the amount that the ended trip owes, and whether to capture or release its hold.

Needs: database, event_bus, person_keys.
"""

from __future__ import annotations

from rideflow.kernel.consumer import step
from rideflow.kernel.sealing import of_trip
from rideflow.kernel.wiring import seals
from rideflow.payments.sagas.settlement import PreparedSettlement, PrepareSettlement
from rideflow.payments.wiring import settlement


def prepare_settlement(command: PrepareSettlement) -> PreparedSettlement:
    return settlement().prepare(_opened(command))


def _opened(command: PrepareSettlement) -> PrepareSettlement:
    """The command with its line opened; without a line if one of its people was erased since."""
    if command.driven_line is None:
        return command
    line = seals().open_text(command.driven_line, of_trip(command.trip_id, "driven_line"))
    return command.model_copy(update={"driven_line": line})


app = step(prepare_settlement)
