"""Commands that come late and say when they happened (TR10): a driver completes in a tunnel."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field

from rideflow.kernel.model import Request
from rideflow.kernel.moments import Moment
from rideflow.trips.errors import ImplausibleTimeError
from rideflow.trips.rules import ArrivalRules

HappenedAt = Annotated[Moment, Field(description="When it happened, if that is told late; without it, it happens now")]


class LateCommand(Request):
    """What a driver's app adds to a command that it could not send in time."""

    happened_at: HappenedAt | None = None


def happened(told: datetime | None, now: datetime, since: datetime | None, rules: ArrivalRules) -> datetime:
    """When a command happened. `since` is when the trip came into the state that the command ends.

    | the app says that it happened              | then                 |
    |--------------------------------------------|----------------------|
    | nothing                                    | now                  |
    | ahead of us, by less than a clock is off   | now                  |
    | before `since`, by less than a clock is off | at `since`          |
    | in between, `latest_s` ago at most         | then                 |
    | else                                       | refused              |

    Raises `ImplausibleTimeError`.
    """
    earliest = now - rules.latest if since is None else max(since, now - rules.latest)
    if told is None:
        return now
    if not earliest - rules.clock_off <= told <= now + rules.clock_off:
        raise ImplausibleTimeError(
            "This cannot have happened then: the trip was not so far, it is too long ago, or it lies ahead.",
            field="happened_at",
            earliest=earliest.isoformat(),
            latest=now.isoformat(),
        )
    return min(max(told, earliest), now)


def told_late(at: datetime, now: datetime) -> dict[str, str]:
    """What the log adds to a change that happened before it was told."""
    return {} if at == now else {"told_at": now.isoformat()}
