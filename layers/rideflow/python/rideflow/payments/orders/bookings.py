"""The journals of an order's money: the accounts of payments, and what each step of an order moves between them.

| step      | debit                                  | credit                                                          |
|-----------|----------------------------------------|-----------------------------------------------------------------|
| `hold`    | captures (reserved)                    | holds (reserved)                                                |
| `charge`  | rider's dues, promotions               | driver's payable, revenue, taxes                                |
| `capture` | captures; the hold is resolved         | rider's dues                                                    |
| `release` | nothing; the hold is void              |                                                                 |
| `confirm` | balance at the provider                | captures                                                        |

What a rider owes goes over their account also if it is paid in the same moment: a charge that is not captured is a debt
there, and a refund or a second card will be one more journal. Holds and captures are clearing accounts: an order that
puts an amount there takes it out again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from rideflow.kernel.ids import uuid7
from rideflow.kernel.money import divided
from rideflow.ledger.model import PLATFORM, Account, AccountKind, Cause, Journal, Line, Owner, Phase, credit, debit
from rideflow.payments.orders.kinds import KINDS

if TYPE_CHECKING:
    from rideflow.payments.orders.model import Order

HOLDS = AccountKind("stripe_holds", "credit", shared=True, clearing=True)
CAPTURES = AccountKind("stripe_captures", "debit", shared=True, clearing=True)
BALANCE = AccountKind("stripe_balance", "debit", shared=True)
REVENUE = AccountKind("platform_revenue", "credit", shared=True)
TAXES = AccountKind("tax_payable", "credit", shared=True)
PROMOTIONS = AccountKind("promotion_expense", "debit", shared=True)
DUES = AccountKind("rider_dues", "debit")
PAYABLE = AccountKind("driver_payable", "credit")

ACCOUNT_KINDS = (HOLDS, CAPTURES, BALANCE, REVENUE, TAXES, PROMOTIONS, DUES, PAYABLE)


def platforms(kind: AccountKind, currency: str) -> Account:
    return Account(PLATFORM, kind, currency)


def dues(rider_id: UUID, currency: str) -> Account:
    """What the rider owes."""
    return Account(Owner("rider", rider_id), DUES, currency)


def payable(driver_id: UUID, currency: str) -> Account:
    """What the driver is owed."""
    return Account(Owner("driver", driver_id), PAYABLE, currency)


def held(order: Order, at: datetime) -> Journal:
    """Money is reserved at the provider."""
    lines = (
        debit(platforms(CAPTURES, order.currency), order.held_minor),
        credit(platforms(HOLDS, order.currency), order.held_minor),
    )
    return _journal(order, "hold", f"Hold for the {_subject(order)}", at, lines, phase="pending")


def released(order: Order, at: datetime) -> Journal:
    """The reserved money is the rider's again."""
    memo = f"Release of the hold for the {_subject(order)}"
    return _journal(order, "release", memo, at, (), phase="void", resolves=_hold_of(order))


def charged(order: Order, at: datetime) -> Journal:
    """The order's amount is what the rider owes, and each part its owner's, whether or not it is paid."""
    return _journal(order, "charge", _subject(order).capitalize(), at, charge_lines(order))


def captured(order: Order, at: datetime) -> tuple[Journal, Journal]:
    """The order is charged to the rider, unless it was before, and paid from the hold.

    The captured amount is the provider's word. What it has above the charge pays what earlier orders carried to this
    one. If it is another amount, which is possible only at the provider's own dashboard, the difference stays on the
    rider's account.
    """
    return charged(order, at), _paid(order, at, resolves=_hold_of(order))


def captured_unasked(order: Order, captured_minor: int, at: datetime) -> tuple[Journal, Journal]:
    """Money was taken for an order that is over: it is at the provider, and we owe it to the payer."""
    taken = order.model_copy(update={"captured_minor": captured_minor})
    return _paid(taken, at), confirmed(taken, at)


def confirmed(order: Order, at: datetime) -> Journal:
    """The provider has confirmed the payment by itself: it is part of our balance there."""
    lines = (
        debit(platforms(BALANCE, order.currency), order.captured_minor),
        credit(platforms(CAPTURES, order.currency), order.captured_minor),
    )
    return _journal(order, "confirm", f"Confirmed payment of the {_subject(order)}", at, lines)


def _paid(order: Order, at: datetime, resolves: Cause | None = None) -> Journal:
    lines = (
        debit(platforms(CAPTURES, order.currency), order.captured_minor),
        credit(_dues_of(order), order.captured_minor),
    )
    return _journal(order, "capture", f"Payment of the {_subject(order)}", at, lines, resolves=resolves)


def charge_lines(order: Order) -> Iterator[Line]:
    """The order's amount, and its owners.

    Tolls and tips go to the driver, tax goes to the state. The rest, before a discount that the platform funds, is
    divided by the driver's share, and the parts sum to it; what the platform funds is its expense.
    """
    breakdown, currency = order.breakdown, order.currency
    total, tax, through, funded = order.amount_minor, 0, 0, 0
    if breakdown is not None:
        tax, through = breakdown.amount("tax"), breakdown.amount("tolls") + breakdown.amount("tip")
        funded = breakdown.platform_funded_minor
    shared = total + funded - tax - through
    share = order.terms.driver_share
    driver = 0 if order.driver_id is None else through + divided(shared, (share, 1 - share))[0]
    yield debit(_dues_of(order), total)
    yield debit(platforms(PROMOTIONS, currency), funded)
    if order.driver_id is not None:
        yield credit(payable(order.driver_id, currency), driver)
    yield credit(platforms(REVENUE, currency), total + funded - tax - driver)
    yield credit(platforms(TAXES, currency), tax)


def _dues_of(order: Order) -> Account:
    return Account(Owner(order.payer_kind, order.payer_id), DUES, order.currency)


def _hold_of(order: Order) -> Cause | None:
    """The step that reserved the order's hold: its own, or that of the fare whose hold a cancellation fee took over."""
    return None if order.hold_order_id is None else Cause("order", order.hold_order_id, "hold")


def _subject(order: Order) -> str:
    return f"{KINDS[order.kind].words} of trip {order.trip_id}"


def _journal(
    order: Order,
    step: str,
    memo: str,
    at: datetime,
    lines: Iterable[Line],
    *,
    phase: Phase = "posted",
    resolves: Cause | None = None,
) -> Journal:
    cause = Cause("order", order.id, step)
    return Journal.of(uuid7(), cause, memo, at, lines, phase=phase, resolves=resolves)
