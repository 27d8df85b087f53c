"""Requests and responses of locations' operations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Self

from pydantic import Field, ValidationError, ValidatorFunctionWrapHandler, WrapValidator

from rideflow.kernel.model import Request, View
from rideflow.kernel.problems import problem_of_validation
from rideflow.supply.model import Recorded
from rideflow.supply.position import ClockOffset, Matchable, Position, SentAt, Verdict

_MOST_ERRORS = 200
"""The most errors in the response to a batch. Its positions may have any number of unknown members, and the response
must not be longer than the request."""


@dataclass(frozen=True, slots=True)
class UnreadablePosition:
    """A member of a batch that is not a position; `errors` are as in a problem document."""

    errors: list[dict[str, str]]


def _read(value: Any, read: ValidatorFunctionWrapHandler) -> Position | UnreadablePosition:
    try:
        position: Position = read(value)
    except ValidationError as error:
        errors = problem_of_validation(error.errors(include_url=False))["errors"]
        return UnreadablePosition([{**each, "field": each["field"] or "position"} for each in errors])
    return position


class PositionBatch(Request):
    """Positions that the phone could not send from a dead spot. One that cannot be read does not affect the others."""

    positions: Annotated[list[Annotated[Position, WrapValidator(_read)]], Field(min_length=1, max_length=200)]
    sent_at: SentAt | None = None

    @property
    def readable(self) -> list[Position | None]:
        """The positions in their order, with None for each that cannot be read."""
        return [position if isinstance(position, Position) else None for position in self.positions]


class PositionErrorView(View):
    """An error of a position with the verdict `invalid`. `index` counts the request's positions from 0."""

    index: int
    field: str
    code: str
    detail: str


class PositionBatchView(View):
    """One verdict for each position, in the order of the request."""

    accepted: int
    verdicts: list[Verdict]
    matchable: Matchable
    clock_offset_s: ClockOffset
    errors: Annotated[list[PositionErrorView], Field(description="The errors of each `invalid` position")]

    @classmethod
    def of(cls, batch: PositionBatch, recorded: Recorded) -> Self:
        unreadable = {index: each for index, each in enumerate(batch.positions) if isinstance(each, UnreadablePosition)}
        most_each = max(1, _MOST_ERRORS // max(1, len(unreadable)))
        errors = [
            PositionErrorView(index=index, **error)
            for index, position in unreadable.items()
            for error in position.errors[:most_each]
        ]
        return cls(
            accepted=recorded.verdicts.count("accepted"),
            verdicts=list(recorded.verdicts),
            matchable=recorded.matchable,
            clock_offset_s=recorded.clock_offset_s,
            errors=errors,
        )
