"""Connected accounts: money goes from the platform to them, and from them to their banks."""

from typing import Any

import httpx
import pytest
import stripe

from running_double import Double, Receiver

FUNDS = 10_000
FEE = 320


def _account(double: Double, kind: str = "express", *, onboarded: bool = True, **more: Any) -> str:
    asked: Any = {"type": kind, "country": "US", "capabilities": {"transfers": {"requested": True}}, **more}
    account = double.client.v1.accounts.create(asked)
    if onboarded:
        double.control("/accounts", account=account.id)
    return account.id


@pytest.fixture
def funded(double: Double) -> Double:
    """A platform with money in its available balance."""
    double.hold(FUNDS, card="pm_card_bypassPending", capture_method="automatic")
    return double


def _available(double: Double, account: str | None = None) -> int:
    options: Any = {"stripe_account": account} if account else {}
    return sum(each.amount for each in double.client.v1.balance.retrieve(None, options).available)


def _transferred(double: Double, account: str, amount: int = 4000) -> stripe.Transfer:
    return double.client.v1.transfers.create({"amount": amount, "currency": "usd", "destination": account})


def test_an_account_is_onboarded_at_its_link(double: Double) -> None:
    account = _account(double, onboarded=False)
    read = double.client.v1.accounts.retrieve(account)
    assert (read.payouts_enabled, read.details_submitted) == (False, False)
    assert read.requirements is not None
    assert "external_account" in (read.requirements.currently_due or [])
    asked: Any = {"account": account, "type": "account_onboarding", "return_url": "https://rides.example/back"}
    link = double.client.v1.account_links.create(asked)
    assert httpx.get(link.url, trust_env=False).status_code == 200

    back = httpx.post(link.url, trust_env=False)

    assert (back.status_code, back.headers["location"]) == (303, "https://rides.example/back")
    read = double.client.v1.accounts.retrieve(account)
    assert (read.payouts_enabled, read.details_submitted) == (True, True)
    assert read.capabilities is not None
    assert read.capabilities.transfers == "active"
    assert httpx.post(link.url, trust_env=False).status_code == 404


def test_a_link_lives_for_minutes(double: Double) -> None:
    asked: Any = {"account": _account(double, onboarded=False), "type": "account_onboarding"}
    link = double.client.v1.account_links.create(asked)
    double.control("/clock", advance_s=300)
    assert httpx.get(link.url, trust_env=False).status_code == 404


def test_events_of_an_account_go_to_endpoints_for_accounts(
    double: Double, receiver: Receiver, connected: Receiver
) -> None:
    account = _account(double, onboarded=False)
    double.client.v1.accounts.update(account, {"metadata": {"driver_id": "7"}})
    double.client.v1.customers.create()
    connected.wait(lambda: connected.types() == ["account.updated"])
    receiver.wait(lambda: receiver.types() == ["customer.created"])
    [event] = connected.events()
    assert (event.account, event.data.object["id"]) == (account, account)


def test_a_transfer_moves_money_to_the_account(funded: Double) -> None:
    account = _account(funded)
    transfer = _transferred(funded, account)
    assert _available(funded) == FUNDS - FEE - 4000
    assert _available(funded, account) == 4000
    payment = funded.client.v1.charges.retrieve(str(transfer.destination_payment), None, {"stripe_account": account})
    assert (payment.amount, payment.source_transfer) == (4000, transfer.id)
    with pytest.raises(stripe.InvalidRequestError):
        funded.client.v1.charges.retrieve(str(transfer.destination_payment))


def test_a_transfer_is_taken_back_in_part_and_in_whole(funded: Double) -> None:
    account = _account(funded)
    transfer = _transferred(funded, account)
    first = funded.client.v1.transfers.reversals.create(transfer.id, {"amount": 1000})
    read = funded.client.v1.transfers.retrieve(transfer.id)
    assert (read.amount_reversed, read.reversed) == (1000, False)
    assert [each.id for each in read.reversals.data] == [first.id]
    funded.client.v1.transfers.reversals.create(transfer.id)
    assert funded.client.v1.transfers.retrieve(transfer.id).reversed
    assert (_available(funded, account), _available(funded)) == (0, FUNDS - FEE)
    with pytest.raises(stripe.InvalidRequestError):
        funded.client.v1.transfers.reversals.create(transfer.id, {"amount": 1})


def test_more_than_there_is_cannot_be_transferred(funded: Double) -> None:
    account = _account(funded)
    with pytest.raises(stripe.InvalidRequestError) as raised:
        _transferred(funded, account, FUNDS)
    assert raised.value.code == "balance_insufficient"
    assert _available(funded, account) == 0


def test_a_transfer_of_a_charge_waits_for_its_money(double: Double) -> None:
    account = _account(double)
    paid = double.hold(2000, capture_method="automatic")
    asked: Any = {"amount": 1500, "currency": "usd", "destination": account, "source_transaction": paid.latest_charge}
    double.client.v1.transfers.create(asked)
    assert _available(double, account) == 0
    double.control("/clock", advance_s=2 * 24 * 3600)
    assert _available(double, account) == 1500
    with pytest.raises(stripe.InvalidRequestError) as raised:
        double.client.v1.transfers.create(asked)
    assert raised.value.code == "charge_exceeds_source_limit"


@pytest.mark.parametrize("destination", ["acct_nobody", None])
def test_an_account_that_cannot_receive_gets_nothing(funded: Double, destination: str | None) -> None:
    account = destination or _account(funded, onboarded=False)
    with pytest.raises(stripe.InvalidRequestError) as raised:
        _transferred(funded, account)
    expected = "resource_missing" if destination else "insufficient_capabilities_for_transfer"
    assert raised.value.code == expected
    assert funded.client.v1.transfers.list().data == []


def test_a_charge_shares_its_money_with_its_destination(double: Double) -> None:
    """https://docs.stripe.com/connect/destination-charges."""
    account = _account(double)
    more: Any = {"transfer_data": {"destination": account}, "application_fee_amount": 500}
    held = double.hold(2000, **more)
    assert double.client.v1.transfers.list().data == []
    double.client.v1.payment_intents.capture(held.id)
    [transfer] = double.client.v1.transfers.list({"destination": account}).data
    assert (transfer.amount, transfer.source_transaction) == (1500, held.latest_charge)
    charge = double.client.v1.charges.retrieve(str(held.latest_charge), {"expand": ["transfer"]})
    assert isinstance(charge.transfer, stripe.Transfer)


def test_what_belongs_to_an_account_is_seen_with_its_header_only(double: Double) -> None:
    account = _account(double)
    options: Any = {"stripe_account": account}
    theirs = double.client.v1.customers.create({"name": "Ada"}, options)
    assert double.client.v1.customers.list().data == []
    assert [each.id for each in double.client.v1.customers.list({}, options).data] == [theirs.id]
    assert {event.account for event in double.client.v1.events.list({}, options).data} == {account}


def test_a_direct_charge_waits_for_its_holder_too(double: Double) -> None:
    """https://docs.stripe.com/connect/direct-charges."""
    account = _account(double)
    options: Any = {"stripe_account": account}
    asked: Any = {
        "amount": 2000,
        "currency": "usd",
        "payment_method": "pm_card_authenticationRequired",
        "allowed_payment_method_types": ["card"],
        "application_fee_amount": 100,
        "confirm": True,
    }
    intents = double.client.v1.payment_intents
    for way in ("page", "control"):
        waiting = intents.create(asked, options)
        assert waiting.next_action is not None
        address = waiting.next_action.to_dict()["use_stripe_sdk"]["stripe_js"]
        if way == "page":
            assert httpx.post(address, data={"outcome": "succeed"}, trust_env=False).status_code == 200
        else:
            double.control("/authenticate", intent=waiting.id)
        paid = intents.retrieve(waiting.id, None, options)
        assert paid.status == "succeeded"
        refund = double.client.v1.refunds.create({"payment_intent": paid.id}, options)
        double.control("/refunds", refund=refund.id, outcome="fail")
        assert double.control("/disputes", charge=paid.latest_charge)["status"] == "needs_response"
    assert double.client.v1.events.list().data == []


def test_the_same_idempotency_key_is_another_for_another_account(double: Double) -> None:
    account = _account(double)
    for options in ({}, {"stripe_account": account}):
        given: Any = {**options, "idempotency_key": "k1"}
        double.client.v1.customers.create({"name": "Ada"}, given)
    assert len(double.client.v1.customers.list().data) == 1


def _paid_out(double: Double, account: str, amount: int = 4000, **more: Any) -> stripe.Payout:
    asked: Any = {"amount": amount, "currency": "usd", **more}
    return double.client.v1.payouts.create(asked, {"stripe_account": account})


@pytest.mark.parametrize(("method", "arrives_after_s"), [("standard", 2 * 24 * 3600), ("instant", 30 * 60)])
def test_a_payout_arrives_at_the_bank(funded: Double, connected: Receiver, method: str, arrives_after_s: int) -> None:
    account = _account(funded)
    _transferred(funded, account)
    payout = _paid_out(funded, account, method=method)
    assert (payout.status, payout.arrival_date - payout.created) == ("pending", arrives_after_s)
    assert _available(funded, account) == 0
    funded.control("/clock", advance_s=arrives_after_s)
    read = funded.client.v1.payouts.retrieve(payout.id, None, {"stripe_account": account})
    assert read.status == "paid"
    connected.wait(lambda: connected.types()[-1] == "payout.paid")
    assert "payout.created" in connected.types()


def test_a_bank_refuses_a_payout_and_the_money_comes_back(funded: Double) -> None:
    """https://docs.stripe.com/connect/testing#account-numbers."""
    bank = {"object": "bank_account", "country": "US", "currency": "usd", "account_number": "000111111113"}
    account = _account(funded, external_account=bank)
    _transferred(funded, account)
    payout = _paid_out(funded, account)
    funded.control("/later", subject=payout.id)
    read = funded.client.v1.payouts.retrieve(payout.id, None, {"stripe_account": account})
    assert (read.status, read.failure_code) == ("failed", "account_closed")
    assert _available(funded, account) == 4000


def test_a_payout_fails_after_it_was_paid(funded: Double) -> None:
    account = _account(funded)
    _transferred(funded, account)
    payout = _paid_out(funded, account)
    funded.control("/payouts", payout=payout.id, outcome="pay")
    funded.control("/payouts", payout=payout.id, outcome="fail", code="could_not_process")
    read = funded.client.v1.payouts.retrieve(payout.id, None, {"stripe_account": account})
    assert (read.status, read.failure_code) == ("failed", "could_not_process")
    assert _available(funded, account) == 4000


def test_a_pending_payout_is_canceled(funded: Double) -> None:
    account = _account(funded)
    _transferred(funded, account)
    payout = _paid_out(funded, account)
    options: Any = {"stripe_account": account}
    assert funded.client.v1.payouts.cancel(payout.id, None, options).status == "canceled"
    assert _available(funded, account) == 4000
    with pytest.raises(stripe.InvalidRequestError):
        funded.client.v1.payouts.cancel(payout.id, None, options)


def test_an_account_without_its_details_pays_nothing_out(funded: Double) -> None:
    account = _account(funded)
    _transferred(funded, account)
    funded.control("/accounts", account=account, enabled=False)
    with pytest.raises(stripe.InvalidRequestError) as raised:
        _paid_out(funded, account)
    assert raised.value.code == "payouts_not_allowed"


def test_more_than_there_is_cannot_be_paid_out(funded: Double) -> None:
    account = _account(funded)
    _transferred(funded, account)
    with pytest.raises(stripe.InvalidRequestError) as raised:
        _paid_out(funded, account, 4001)
    assert raised.value.code == "balance_insufficient"


def test_payouts_are_listed_by_status_and_arrival(funded: Double) -> None:
    account = _account(funded)
    _transferred(funded, account)
    payout = _paid_out(funded, account)
    options: Any = {"stripe_account": account}
    for given, count in (
        ({"status": "pending"}, 1),
        ({"status": "paid"}, 0),
        ({"arrival_date": {"gt": payout.created}}, 1),
        ({"arrival_date": {"lt": payout.created}}, 0),
    ):
        asked: Any = given
        assert len(funded.client.v1.payouts.list(asked, options).data) == count


def test_a_deleted_account_is_gone(double: Double) -> None:
    account = _account(double)
    assert double.client.v1.accounts.delete(account).deleted
    with pytest.raises(stripe.InvalidRequestError):
        double.client.v1.accounts.retrieve(account)
    with pytest.raises(stripe.PermissionError):
        double.client.v1.customers.list({}, {"stripe_account": account})
