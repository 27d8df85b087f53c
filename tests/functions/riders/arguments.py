"""What the riders' handlers hand on of their example events."""

from datetime import UTC, datetime

from rideflow.kernel.geo import Point
from rideflow.riders.card_facts import DescribedCard, DetachedCard
from rideflow.riders.card_news import StripeNews
from rideflow.riders.profile import PutProfile
from tests.functions.people import RIDER
from tests.functions.spying import Case, call, leads_to

HANDED_ON: dict[str, list[Case]] = {
    "add_card": [leads_to(call("card_setup.begin", RIDER, "5f9b6c1e-0f5c-4c57-9a48-6c2b2f8f1d10"))],
    "get_profile": [leads_to(call("riders.profile", RIDER))],
    "list_cards": [leads_to(call("cards.of", RIDER))],
    "on_card_saved": [
        leads_to(
            call("card_news.learn", StripeNews(stripe_type="payment_method.detached", object={"id": "pm_1"})),
            stripe_type="payment_method.detached",
            object={"id": "pm_1"},
        )
    ],
    "on_user_registered": [
        leads_to(call("riders.registered", RIDER, "ada@example.com", "Ada Lovelace")),
        leads_to(role="driver"),
    ],
    "record_card": [
        leads_to(
            call(
                "cards.record",
                DescribedCard(
                    payment_method_id="pm_1SExAmPlE00000000000001",
                    stripe_customer_id="cus_TExAmPlE000001",
                    brand="visa",
                    last4="4242",
                    exp_month=12,
                    exp_year=2034,
                    funding="credit",
                    read_at=datetime(2026, 10, 1, 18, tzinfo=UTC),
                ),
            )
        ),
        leads_to(
            call("cards.record", DetachedCard(payment_method_id="pm_1")),
            card={"fact": "detached", "payment_method_id": "pm_1"},
        ),
    ],
    "put_profile": [
        leads_to(
            call(
                "riders.put_profile",
                RIDER,
                PutProfile.model_validate(
                    {
                        "name": "Ada Lovelace",
                        "phone": "+14155550199",
                        "home": {"point": Point(lat=37.7599, lng=-122.4148), "address": "Mission District"},
                        "favourites": [{"point": Point(lat=37.7694, lng=-122.4862), "label": "Gym"}],
                        "preferences": {"product": "comfort", "language": "en", "quiet_ride": True},
                        "version": 3,
                    }
                ),
            ),
            version=3,
        )
    ],
}
