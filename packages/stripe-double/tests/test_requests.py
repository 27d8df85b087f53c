"""Keys, versions, forms and parameters of requests."""

import base64

import httpx
import pytest
import stripe
import stripe.params
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from stripe._encode import _api_encode

from running_double import API_KEY, Double
from stripe_double import form
from stripe_double.server import OPERATIONS
from stripe_double.settings import API_VERSION

_WORDS = st.text("abcdefghijklmnop_", min_size=1, max_size=8)
_VALUES = st.recursive(
    st.text(max_size=5),
    lambda inner: st.lists(inner, min_size=1, max_size=4) | st.dictionaries(_WORDS, inner, min_size=1, max_size=4),
    max_leaves=8,
)

# Operations whose parameter types in the library have another name than their address.
_NAMES = {
    ("GET", "/v1/customers/{id}/payment_methods"): "CustomerListPaymentMethods",
    ("GET", "/v1/balance"): "BalanceRetrieve",
    ("POST", "/v1/transfers/{id}/reversals"): "TransferCreateReversal",
    ("GET", "/v1/transfers/{id}/reversals"): "TransferListReversals",
    ("GET", "/v1/transfers/{id}/reversals/{reversal}"): "TransferRetrieveReversal",
    ("POST", "/v1/accounts/{id}/external_accounts"): "AccountCreateExternalAccount",
    ("GET", "/v1/accounts/{id}/external_accounts"): "AccountListExternalAccounts",
}
_VERBS = {"GET": "Retrieve", "POST": "Update", "DELETE": "Delete"}


def _words(name: str) -> str:
    return "".join(part.title() for part in name.split("_"))


def _parameters_type(method: str, path: str) -> type:
    resource, *rest = path.removeprefix("/v1/").split("/")
    if rest and rest[-1] == "{id}":
        verb = _VERBS[method]
    elif rest:
        verb = _words(rest[-1])
    else:
        verb = "List" if method == "GET" else "Create"
    name = _NAMES.get((method, path), _words(resource.removesuffix("s")) + verb)
    return getattr(stripe.params, f"{name}Params")  # type: ignore[no-any-return]


def test_no_parameter_is_taken_that_stripe_does_not_know() -> None:
    """`client_secret` is excepted: only phones send it, and the library is for servers."""
    unknown = {
        f"{operation.method} {operation.path}: {name}"
        for operation in OPERATIONS
        for name in operation.accepts
        if name not in _parameters_type(operation.method, operation.path).__annotations__ and name != "client_secret"
    }
    assert unknown == set()


def test_the_version_is_that_of_the_pinned_library() -> None:
    assert stripe.api_version == API_VERSION


@settings(deadline=None, max_examples=50, suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(_WORDS, _VALUES, max_size=4))
def test_forms_that_the_library_encodes_are_decoded(parameters: dict[str, object]) -> None:
    pairs = [(name, str(value)) for name, value in _api_encode(parameters)]
    assert form.nest(pairs) == parameters


@pytest.mark.parametrize("name", ["", "[a]", "a[b", "a]b", "a[b]c", "a" + "[b]" * 11])
def test_a_name_that_is_no_path_is_an_unknown_parameter(double: Double, name: str) -> None:
    answer = _call(double, data={name: "x"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "parameter_unknown")


def test_a_parameter_cannot_be_text_and_object_at_once(double: Double) -> None:
    answer = _call(double, content="metadata=x&metadata[a]=b")
    assert answer.status_code == 400
    assert answer.json()["error"]["type"] == "invalid_request_error"


@pytest.mark.parametrize(
    "metadata",
    [
        {f"metadata[k{number}]": "x" for number in range(51)},
        {"metadata[" + "k" * 41 + "]": "x"},
        {"metadata[k]": "x" * 501},
        {"metadata": "text"},
        {"metadata[k][deeper]": "x"},
    ],
)
def test_metadata_has_stripes_limits(double: Double, metadata: dict[str, str]) -> None:
    assert _call(double, data=metadata).status_code == 400
    assert double.client.v1.customers.list().data == []


@pytest.mark.parametrize("key", ["0", "7"])
def test_a_metadata_key_may_be_a_number(double: Double, key: str) -> None:
    customer = double.client.v1.customers.create({"metadata": {key: "x"}})
    assert customer.metadata is not None
    assert customer.metadata.to_dict() == {key: "x"}


def _call(double: Double, method: str = "POST", path: str = "/v1/customers", **more: object) -> httpx.Response:
    headers = {"Authorization": f"Bearer {API_KEY}", "Content-Type": "application/x-www-form-urlencoded"}
    return double.web.request(method, double.url + path, headers=headers, **more)  # type: ignore[arg-type]


def test_every_answer_names_its_request_and_version(double: Double) -> None:
    answer = _call(double)
    assert answer.headers["Request-Id"].startswith("req_")
    assert answer.headers["Stripe-Version"] == API_VERSION


@pytest.mark.parametrize("authorization", [None, "Bearer sk_test_wrong", "Basic c2tfdGVzdF93cm9uZzo=", "Basic !"])
def test_a_wrong_key_is_a_401_and_does_nothing(double: Double, authorization: str | None) -> None:
    headers = {"Authorization": authorization} if authorization else {}
    answer = double.web.post(f"{double.url}/v1/customers", headers=headers)
    assert answer.status_code == 401
    assert API_KEY not in answer.text
    assert double.client.v1.customers.list().data == []


def test_the_key_may_come_as_basic_authentication(double: Double) -> None:
    credentials = base64.b64encode(f"{API_KEY}:".encode()).decode()
    answer = double.web.get(f"{double.url}/v1/customers", headers={"Authorization": f"Basic {credentials}"})
    assert answer.status_code == 200


def test_a_version_that_cannot_be_is_refused(double: Double) -> None:
    headers = {"Authorization": f"Bearer {API_KEY}", "Stripe-Version": "yesterday"}
    assert double.web.get(f"{double.url}/v1/customers", headers=headers).status_code == 400


@pytest.mark.parametrize(("method", "path"), [("GET", "/v1/nonsense"), ("DELETE", "/v1/payment_intents"), ("GET", "/")])
def test_an_unknown_address_is_stripes_404(double: Double, method: str, path: str) -> None:
    answer = _call(double, method, path)
    assert answer.status_code == 404
    assert f"({method}: {path})" in answer.json()["error"]["message"]


def test_expanded_objects_are_answered_whole_also_in_lists_and_in_depth(double: Double) -> None:
    held = double.hold(capture_method="automatic")
    path = "latest_charge.balance_transaction.source"
    read = double.client.v1.payment_intents.retrieve(held.id, {"expand": [path, "customer", "payment_method"]})
    assert isinstance(read.customer, stripe.Customer)
    assert isinstance(read.payment_method, stripe.PaymentMethod)
    assert isinstance(read.latest_charge, stripe.Charge)
    assert isinstance(read.latest_charge.balance_transaction, stripe.BalanceTransaction)
    assert isinstance(read.latest_charge.balance_transaction.source, stripe.Charge)
    listed = double.client.v1.payment_intents.list({"expand": ["data.latest_charge"]}).data
    assert isinstance(listed[0].latest_charge, stripe.Charge)
    assert isinstance(double.client.v1.payment_intents.retrieve(held.id).latest_charge, str)


@pytest.mark.parametrize("path", ["amount", "latest_charge.amount", "data.customer", "customer.nonsense", ""])
def test_an_unexpandable_field_is_an_error(double: Double, path: str) -> None:
    held = double.hold()
    if path:
        with pytest.raises(stripe.InvalidRequestError, match="cannot be expanded"):
            double.client.v1.payment_intents.retrieve(held.id, {"expand": [path]})
    else:
        double.client.v1.payment_intents.retrieve(held.id, {"expand": [path]})


def test_while_a_key_is_rolled_both_are_taken(double: Double) -> None:
    double.control("/secrets", api_keys=["sk_test_new", API_KEY])
    for key in ("sk_test_new", API_KEY):
        double.with_client(key=key).v1.balance.retrieve()
    double.control("/secrets", api_keys=["sk_test_new"])
    with pytest.raises(stripe.AuthenticationError):
        double.client.v1.balance.retrieve()
    double.with_client(key="sk_test_new").v1.balance.retrieve()


def test_a_restricted_key_does_what_it_has_the_rights_for(double: Double) -> None:
    rights = {"rk_test_shop": ["customers:write", "balance:read"]}
    double.control("/secrets", api_keys=[API_KEY, "rk_test_shop"], rights=rights)
    restricted = double.with_client(key="rk_test_shop").v1
    made = restricted.customers.create({})
    assert restricted.customers.retrieve(made.id).id == made.id  # who may write may read
    restricted.balance.retrieve()
    with pytest.raises(stripe.PermissionError, match="'payment_intents:read' permission would allow"):
        restricted.payment_intents.list()
    with pytest.raises(stripe.PermissionError, match="'payment_intents:write'"):
        restricted.payment_intents.create({"amount": 100, "currency": "usd"})
    assert double.client.v1.payment_intents.list().data == []
