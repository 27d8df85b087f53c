"""The sweeps of money wake when an order is overdue or a webhook is tried again. A trip keeps them awake."""

from datetime import timedelta

import pytest

from functions.payments import sweep_orders, sweep_stripe_events
from rideflow.kernel.clock import utc_now
from rideflow.payments.orders.overdue import OVERDUE_AFTER
from rideflow.payments.providers.stripe.unhandled import HANDLED_WITHIN
from tests.functions.payments.money import Money
from tests.functions.sleeping import Night

ADD_STRIPE_EVENT = (
    "insert into stripe_events (event_id, type, object, received_at, tried_at)"
    " values (%s, 'charge.updated', '{}', %s, %s)"
)


def test_an_order_keeps_its_sweep_awake_while_its_trip_goes_on_and_wakes_it_when_it_is_overdue(
    night: Night, money: Money
) -> None:
    assert night.sleeps_after_a_run(sweep_orders)
    money.add_card()
    trip_id = money.requested()
    money.hold(trip_id)
    assert not night.sleeps_after_a_run(sweep_orders)
    money.ride(trip_id)
    assert not night.sleeps_after_a_run(sweep_orders)  # it is due within ten minutes


@pytest.mark.parametrize("state", ["processing", "failed", "captured"])
def test_an_order_of_a_trip_that_is_over_wakes_its_sweep(night: Night, money: Money, state: str) -> None:
    money.add_card()
    trip_id = money.requested()
    money.hold(trip_id)
    money.ride(trip_id)
    changed_at = utc_now() + timedelta(minutes=1)
    night.cloud.rows("update payment_orders set state = %s, updated_at = %s", state, changed_at)

    assert night.sleeps_after_a_run(sweep_orders)
    assert night.wakes_at(sweep_orders, changed_at + OVERDUE_AFTER[state])  # type: ignore[index]


@pytest.mark.parametrize("state", ["settled", "refunded"])
def test_an_order_that_is_done_wakes_nobody(night: Night, money: Money, state: str) -> None:
    money.add_card()
    money.hold(money.requested())
    night.cloud.rows("update payment_orders set state = %s", state)

    assert night.sleeps_after_a_run(sweep_orders)


def test_an_unhandled_webhook_wakes_its_sweep_when_it_is_tried_again(night: Night, money: Money) -> None:
    assert night.sleeps_after_a_run(sweep_stripe_events)
    now = utc_now()
    night.cloud.rows(ADD_STRIPE_EVENT, "evt_1", now - timedelta(days=2), now)
    night.wakes()

    assert night.sleeps_after_a_run(sweep_stripe_events)
    assert night.wakes_at(sweep_stripe_events, now + HANDLED_WITHIN)

    for received_at, tried_at in ((now - HANDLED_WITHIN, None), (now - timedelta(days=2), now - timedelta(hours=1))):
        night.cloud.rows("delete from stripe_events")
        night.cloud.rows(ADD_STRIPE_EVENT, "evt_2", received_at, tried_at)
        night.wakes()
        assert not night.sleeps_after_a_run(sweep_stripe_events)
