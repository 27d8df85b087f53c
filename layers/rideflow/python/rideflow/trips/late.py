"""Commands that are sent late and say when they happened, for example if a driver completes in a tunnel."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated

from pydantic import Field

from rideflow.kernel.model import Request
from rideflow.kernel.timestamps import Timestamp
from rideflow.markets.rules import ArrivalRules
from rideflow.trips.errors import ImplausibleTimeError

ON_TIME = timedelta(seconds=5)
"""Up to this age by the phone's clock, a command was only on its way. If it is older, the clock is off (ADR 91)."""

HappenedAt = Annotated[
    Timestamp, Field(description="When it happened, if this is sent late; without it, it happens now")
]
SentAt = Annotated[
    Timestamp,
    Field(
        description="The phone's clock at the moment of sending, also of a repeat; if it is more than 5 s off, "
        "happened_at is corrected by it"
    ),
]


class LateRequest(Request):
    """A command that may be given later than it happened."""

    happened_at: HappenedAt | None = None


class LateCommand(LateRequest):
    """A command that a driver's app may send late. The phone's clock may be off."""

    sent_at: SentAt | None = None


def by_our_clock(told: datetime | None, sent_at: datetime | None, now: datetime, known: timedelta) -> datetime | None:
    """The time of a command by our clock, as far as the error of the phone's clock is known.

    `sent_at` is the phone's clock at the moment of sending. Without it, the clock is slow by `known`, which comes from
    the phone's positions.
    """
    slow = known if sent_at is None else now - sent_at
    if told is None or abs(slow) <= ON_TIME:
        return told
    try:
        return told + slow
    except OverflowError:  # beyond the calendar: its end is as implausible
        return datetime.max.replace(tzinfo=UTC) if slow > timedelta(0) else datetime.min.replace(tzinfo=UTC)


def happened(told: datetime | None, now: datetime, since: datetime | None, rules: ArrivalRules) -> datetime:
    """The time of a driver's command. `since` is when the trip entered the state that the command ends.

    | the time that the app gives                 | the command happened |
    |---------------------------------------------|----------------------|
    | none                                        | now                  |
    | in the future, by at most `clock_off_s`     | now                  |
    | before `since`, by at most `clock_off_s`    | at `since`           |
    | in between, at most `latest_s` ago          | at that time         |
    | any other                                   | refused              |

    Raises `ImplausibleTimeError`.
    """
    earliest = now - rules.latest if since is None else max(since, now - rules.latest)
    return _within(told, earliest, now, rules)


def happened_for_operator(told: datetime | None, now: datetime, since: datetime, rules: ArrivalRules) -> datetime:
    """The time of an operator's command: as for a driver, but without a limit on its age other than `since`.

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
    """The members that the log has for a change that was reported after it happened."""
    return {} if at == now else {"told_at": now.isoformat()}
