"""Commands that come late and say when they happened (TR10): a driver completes in a tunnel."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated

from pydantic import Field

from rideflow.kernel.model import Request
from rideflow.kernel.timestamps import Timestamp
from rideflow.markets.rules import ArrivalRules
from rideflow.trips.errors import ImplausibleTimeError

ON_TIME = timedelta(seconds=5)
"""A command that was sent so long ago by the phone's clock was on its way; longer, and the clock is off (ADR 91)."""

HappenedAt = Annotated[
    Timestamp, Field(description="When it happened, if that is told late; without it, it happens now")
]
SentAt = Annotated[
    Timestamp,
    Field(
        description="What the phone's clock shows at the sending, also of a repeat: if that is more than 5 s off, "
        "happened_at is read as corrected by it"
    ),
]


class LateRequest(Request):
    """What is added to a command that is given later than it happened."""

    happened_at: HappenedAt | None = None


class LateCommand(LateRequest):
    """What a driver's app adds to a command that it could not send in time. The phone's clock may be off."""

    sent_at: SentAt | None = None


def by_our_clock(told: datetime | None, sent_at: datetime | None, now: datetime, known: timedelta) -> datetime | None:
    """When a command happened by our clock, as far as the phone's is known.

    `sent_at` is what its clock showed at the sending; without it, `known` is how far its positions say that it is slow.
    """
    slow = known if sent_at is None else now - sent_at
    if told is None or abs(slow) <= ON_TIME:
        return told
    try:
        return told + slow
    except OverflowError:  # beyond the calendar: as implausible as its end
        return datetime.max.replace(tzinfo=UTC) if slow > timedelta(0) else datetime.min.replace(tzinfo=UTC)


def happened(told: datetime | None, now: datetime, since: datetime | None, rules: ArrivalRules) -> datetime:
    """When a driver's command happened. `since` is when the trip came into the state that the command ends.

    | the app says that it happened               | then       |
    |---------------------------------------------|------------|
    | nothing                                     | now        |
    | ahead of us, by less than a clock is off    | now        |
    | before `since`, by less than a clock is off | at `since` |
    | in between, `latest_s` ago at most          | then       |
    | else                                        | refused    |

    Raises `ImplausibleTimeError`.
    """
    earliest = now - rules.latest if since is None else max(since, now - rules.latest)
    return _within(told, earliest, now, rules)


def happened_for_operator(told: datetime | None, now: datetime, since: datetime, rules: ArrivalRules) -> datetime:
    """When a command happened that an operator gives: as for a driver, but however long ago, if not before `since`.

    Raises `ImplausibleTimeError`.
    """
    return _within(told, since, now, rules)


def _within(told: datetime | None, earliest: datetime, now: datetime, rules: ArrivalRules) -> datetime:
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
