"""Attempts at a capture: which failures are followed by another one, and when.

| the last attempt                | then                                                                               |
|---------------------------------|------------------------------------------------------------------------------------|
| was declined                    | another one, until `capture_attempts` were declined or the hold is nearly over     |
| was declined for good           | none: it is decided                                                                |
| found that the hold is gone     | none: it is decided                                                                |
| was refused for good            | none by this execution                                                             |
| got no usable answer            | another one, until the order has had three; from then on the sweep tries hourly    |

Waits grow from a minute to hours by the market's terms (`markets/terms.py`): a bank that does not answer is back within
minutes, an account without money gets some within a day. A hold lasts for days, and all waits together for hours.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from rideflow.payments.orders.model import Order
from rideflow.payments.providers.errors import (
    DeclinedForGoodError,
    HoldGoneError,
    PaymentDeclinedError,
    ProviderRefusedError,
)

_DECLINED = PaymentDeclinedError.__name__
_DECIDED = frozenset({_DECLINED, DeclinedForGoodError.__name__, HoldGoneError.__name__})
"""Failures after which the amount is known not to have moved, and is not going to."""
_FOR_GOOD = _DECIDED - {_DECLINED} | {ProviderRefusedError.__name__}
_DECLINES = frozenset({_DECLINED, DeclinedForGoodError.__name__})
_IN_AN_OUTAGE = 3
"""Attempts at an order, declined ones too, before one without an answer is followed by none: an attempt is repeated for
up to an hour and a half by itself."""
_LAST_BEFORE_END = timedelta(minutes=10)
"""The shortest time between the last attempt and the end of its hold: attempts may be late."""


def failed(order: Order, error: str, at: datetime) -> Order:
    """The order after an attempt that failed with the error of this name, with the time of the next one, if any."""
    order = order.moved("failed", at, last_error=error, declines=order.declines + (error in _DECLINES))
    wait_s = _wait_s(order, at)
    return order.model_copy(update={"retry_at": None if wait_s is None else at + timedelta(seconds=wait_s)})


def is_decided(order: Order) -> bool:
    """Whether the last attempt's failure is the bank's word, so that the amount can be given up."""
    return order.last_error in _DECIDED


def _wait_s(order: Order, now: datetime) -> int | None:
    """Seconds until the next attempt; None if this execution makes no other.

    Declines are counted by themselves: an outage uses up none of the attempts that a declined card has. A wait that
    would outlast the hold is shortened; an attempt that would come sooner than the first retry is not made.
    """
    if order.last_error in _FOR_GOOD:
        return None
    if order.last_error != _DECLINED:
        return None if order.attempts >= _IN_AN_OUTAGE else order.terms.retry_wait_s(order.attempts)
    left_s = int((order.hold_ends_at - _LAST_BEFORE_END - now).total_seconds())
    if order.declines >= order.terms.capture_attempts or left_s < order.terms.retry_after_s:
        return None
    return min(left_s, order.terms.retry_wait_s(order.declines))
