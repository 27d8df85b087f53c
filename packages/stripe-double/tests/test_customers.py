import pytest
import stripe

from running_double import Double


def test_a_customer_is_created_and_read_back(double: Double) -> None:
    created = double.client.v1.customers.create({"email": "ada@example.com", "metadata": {"rider_id": "7"}})
    read = double.client.v1.customers.retrieve(created.id)
    assert read.metadata is not None
    assert (read.email, read.metadata["rider_id"]) == ("ada@example.com", "7")
    assert double.event_types() == ["customer.created"]


def test_an_update_tells_what_it_changed(double: Double) -> None:
    customer = double.client.v1.customers.create({"name": "Ada"})
    double.client.v1.customers.update(customer.id, {"name": "Ada Lovelace", "metadata": {"a": "1", "b": "2"}})
    double.client.v1.customers.update(customer.id, {"metadata": {"a": ""}})
    metadata = double.client.v1.customers.retrieve(customer.id).metadata
    assert metadata is not None
    assert metadata.to_dict() == {"b": "2"}
    event = double.client.v1.events.list({"type": "customer.updated"}).data[-1]
    assert event.data.to_dict()["previous_attributes"] == {"name": "Ada", "metadata": {"a": None, "b": None}}


def test_customers_are_found_by_email_and_by_metadata(double: Double) -> None:
    wanted = double.client.v1.customers.create({"email": "ada@example.com", "metadata": {"rider_id": "7"}})
    double.client.v1.customers.create({"email": "bob@example.com", "metadata": {"rider_id": "8"}})
    assert [each.id for each in double.client.v1.customers.list({"email": "ada@example.com"}).data] == [wanted.id]
    found = double.client.v1.customers.search({"query": "metadata['rider_id']:'7' AND -email:'bob@example.com'"})
    assert [each.id for each in found.data] == [wanted.id]


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("name:'ada'", ["Ada"]),
        ("name~'a'", ["Ada", "Grace"]),
        ("name:'Ada' OR name:'Bob'", ["Ada", "Bob"]),
        ("-name:'Ada'", ["Bob", "Grace"]),
        ("metadata['vip']:null", ["Bob", "Grace"]),
        ("created>0", ["Ada", "Bob", "Grace"]),
        ("created<1", []),
    ],
)
def test_the_search_language_is_understood(double: Double, query: str, names: list[str]) -> None:
    double.client.v1.customers.create({"name": "Ada", "metadata": {"vip": "yes"}})
    double.client.v1.customers.create({"name": "Bob"})
    double.client.v1.customers.create({"name": "Grace"})
    found = double.client.v1.customers.search({"query": query}).data
    assert sorted(str(each.name) for each in found) == names


@pytest.mark.parametrize("query", ["name", "nonsense:'x'", "name:'a' AND name:'b' OR name:'c'", "name:'a' name:'b'"])
def test_a_query_that_is_not_understood_is_an_error(double: Double, query: str) -> None:
    with pytest.raises(stripe.InvalidRequestError):
        double.client.v1.customers.search({"query": query})


def test_search_pages_through_everything(double: Double) -> None:
    for number in range(5):
        double.client.v1.customers.create({"name": "Ada", "metadata": {"number": str(number)}})
    first = double.client.v1.customers.search({"query": "name:'Ada'", "limit": 2, "expand": ["total_count"]})
    numbers = [customer.metadata["number"] for customer in first.auto_paging_iter() if customer.metadata]
    assert numbers == ["4", "3", "2", "1", "0"]
    assert first["total_count"] == 5


def test_a_deleted_customer_is_only_deleted_and_loses_its_cards(double: Double) -> None:
    customer, method = double.cardholder()
    assert double.client.v1.customers.delete(customer).deleted
    assert double.client.v1.customers.retrieve(customer).deleted
    assert double.client.v1.payment_methods.retrieve(method).customer is None
    with pytest.raises(stripe.InvalidRequestError, match="No such customer") as raised:
        double.client.v1.payment_intents.create({"amount": 500, "currency": "usd", "customer": customer})
    assert (raised.value.code, raised.value.param, raised.value.http_status) == ("resource_missing", "customer", 400)


def test_an_unknown_customer_is_a_404(double: Double) -> None:
    with pytest.raises(stripe.InvalidRequestError) as raised:
        double.client.v1.customers.retrieve("cus_nobody")
    assert (raised.value.http_status, raised.value.code, raised.value.param) == (404, "resource_missing", "id")


def test_lists_are_paged_newest_first_in_both_directions(double: Double) -> None:
    ids = [double.client.v1.customers.create({"name": str(number)}).id for number in range(5)][::-1]
    first = double.client.v1.customers.list({"limit": 2})
    assert ([each.id for each in first.data], first.has_more) == (ids[:2], True)
    assert [each.id for each in first.auto_paging_iter()] == ids
    before = double.client.v1.customers.list({"limit": 2, "ending_before": ids[3]})
    assert ([each.id for each in before.data], before.has_more) == (ids[1:3], True)
    last = double.client.v1.customers.list({"limit": 2, "starting_after": ids[3]})
    assert ([each.id for each in last.data], last.has_more) == (ids[4:], False)


def test_lists_are_filtered_by_when_things_were_created(double: Double) -> None:
    early = double.client.v1.customers.create()
    double.control("/clock", advance_s=3600)
    late = double.client.v1.customers.create()
    found = double.client.v1.customers.list({"created": {"gt": early.created}})
    assert [each.id for each in found.data] == [late.id]


def test_the_default_card_must_be_the_customers_own(double: Double) -> None:
    customer, method = double.cardholder()
    other = double.client.v1.customers.create()
    chosen = double.client.v1.customers.update(customer, {"invoice_settings": {"default_payment_method": method}})
    assert chosen.invoice_settings is not None
    assert chosen.invoice_settings.default_payment_method == method
    with pytest.raises(stripe.InvalidRequestError):
        double.client.v1.customers.update(other.id, {"invoice_settings": {"default_payment_method": method}})
