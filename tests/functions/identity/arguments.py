"""Arguments that the handlers of `/v1/auth/*` pass on for their example events. The authorizer has its own tests."""

from rideflow.identity.api import Confirm, Login, Logout, Refresh, Register
from tests.functions.spying import Case, call, leads_to

HANDED_ON: dict[str, list[Case]] = {
    "confirm": [leads_to(call("identity.confirm", Confirm(email="ada@example.com", code="654321")), code="654321")],
    "login": [
        leads_to(
            call("identity.login", Login.model_validate({"email": "ada@example.com", "password": "pass-1"})),
            password="pass-1",
        )
    ],
    "logout": [leads_to(call("identity.logout", Logout.model_validate({"refresh_token": "r-1"})), refresh_token="r-1")],
    "refresh": [
        leads_to(call("identity.refresh", Refresh.model_validate({"refresh_token": "r-2"})), refresh_token="r-2")
    ],
    "register": [
        leads_to(
            call(
                "identity.register",
                Register.model_validate(
                    {"email": "ada@example.com", "password": "pass-2", "role": "driver", "name": "Ada Lovelace"}
                ),
            ),
            password="pass-2",
            role="driver",
        )
    ],
}
