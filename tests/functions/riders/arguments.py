"""What the riders' handlers hand on of their example events."""

from rideflow.kernel.geo import Point
from rideflow.riders.profile import PutProfile
from tests.functions.people import RIDER
from tests.functions.spying import Case, call, leads_to

HANDED_ON: dict[str, list[Case]] = {
    "get_profile": [leads_to(call("riders.profile", RIDER))],
    "on_user_registered": [
        leads_to(
            call("riders.registered", RIDER, "sealed e-mail", "sealed name"), email="sealed e-mail", name="sealed name"
        ),
        leads_to(role="driver"),
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
