from dataclasses import dataclass, field
from uuid import UUID, uuid4

from rideflow.payments.methods.cards import CardSetup, CardSetupView


@dataclass
class Stripe:
    """Makes a new customer at each call, as Stripe does after a day."""

    customers: list[str] = field(default_factory=list)
    begun: list[tuple[str, str]] = field(default_factory=list)

    def create_customer(self, rider_id: UUID) -> str:
        self.customers.append(f"cus_{len(self.customers) + 1}_{rider_id.hex}")
        return self.customers[-1]

    def begin_setup(self, rider_id: UUID, customer_ref: str, idempotency_key: str) -> CardSetupView:
        self.begun.append((customer_ref, idempotency_key))
        return CardSetupView(
            setup_intent_id="seti_1",
            client_secret="secret",
            customer_ref=customer_ref,
            publishable_key=None,
        )


@dataclass
class Customers:
    known: dict[UUID, str] = field(default_factory=dict)

    def find(self, rider_id: UUID) -> str | None:
        return self.known.get(rider_id)

    def keep(self, rider_id: UUID, customer_ref: str) -> str:
        return self.known.setdefault(rider_id, customer_ref)


def test_a_rider_is_one_customer_however_many_cards_they_add() -> None:
    stripe, rider = Stripe(), uuid4()
    setup = CardSetup(stripe, Customers())

    for key in ("first", "second"):
        setup.begin(rider, key)

    (customer,) = stripe.customers
    assert stripe.begun == [(customer, "first"), (customer, "second")]


def test_of_two_customers_made_at_once_the_one_that_was_noted_holds() -> None:
    stripe, rider = Stripe(), uuid4()

    class Late(Customers):
        def find(self, rider_id: UUID) -> str | None:
            return None

    CardSetup(stripe, Late({rider: "cus_first"})).begin(rider, "key")

    assert stripe.begun == [("cus_first", "key")]
