from unittest.mock import Mock
from uuid import uuid4

import pytest

from rideflow.payments.methods import customers
from rideflow.payments.methods.customers import DynamoCustomers


def test_a_rider_s_customer_is_read_from_no_copy_that_lags(monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise a rider who saves two cards at once gets two customers at Stripe, and a card that cannot pay."""
    client = Mock(get_item=Mock(return_value={"Item": {"customer_ref": {"S": "cus_1"}}}))
    monkeypatch.setattr(customers, "dynamodb", lambda: client)

    assert DynamoCustomers("customers").find(uuid4()) == "cus_1"
    assert client.get_item.call_args.kwargs["ConsistentRead"] is True
