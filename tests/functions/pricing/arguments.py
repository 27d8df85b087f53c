"""What the handlers of pricing hand on of their example events."""

from rideflow.kernel.geo import Point
from rideflow.kernel.idempotency import IdempotencyKey
from rideflow.kernel.ride_requirements import Needs
from rideflow.pricing.service import RequestQuote
from tests.functions.people import RIDER
from tests.functions.spying import Case, call, leads_to

KEY = "5f9b6c1e-0f5c-4c57-9a48-6c2b2f8f1d10"
WANTED = RequestQuote(
    pickup=Point(lat=37.7955, lng=-122.3937),
    dropoff=Point(lat=37.7599, lng=-122.4148),
    product="comfort",
    needs=Needs(wheelchair_accessible=True),
)

HANDED_ON: dict[str, list[Case]] = {
    "request_quote": [
        leads_to(
            call("pricing.quote", RIDER, WANTED, IdempotencyKey.of(RIDER, "request_quote", KEY, WANTED)),
            product="comfort",
            needs={"wheelchair_accessible": True},
        )
    ]
}
