"""The API versions that the double honours, and what differs between them.

A request names one in `Stripe-Version`; without one it has the newest. Stripe honours every version that it ever
published. The double honours those whose differences it knows, and refuses the others.

| version            | `payment_method_types` may be sent | |
|--------------------|------------------------------------|---|
| 2026-10-28.endive  | no                                 | |
| 2026-09-30.endive  | no                                 | https://docs.stripe.com/changelog/endive/2026-09-30 |
| 2026-08-26.dahlia  | yes                                | |
| 2026-07-29.dahlia  | yes                                | https://docs.stripe.com/changelog/dahlia/2026-07-29 |
"""

from typing import Any

from stripe_double.errors import ApiError, invalid
from stripe_double.settings import API_VERSION

_WITH_PAYMENT_METHOD_TYPES = frozenset({"2026-08-26.dahlia", "2026-07-29.dahlia"})
HONOURED = frozenset({API_VERSION, "2026-09-30.endive"}) | _WITH_PAYMENT_METHOD_TYPES


def check(version: str) -> None:
    """Raise for a version that the double does not honour."""
    if version not in HONOURED:
        message = f"Invalid Stripe API version: {version}. This double honours {', '.join(sorted(HONOURED))}."
        raise ApiError(400, "invalid_request_error", message, executed=False)


def translated(given: dict[str, Any], version: str) -> dict[str, Any]:
    """The parameters of an intent as the newest version names them. Raises for what the version no longer takes."""
    if "payment_method_types" not in given:
        return given
    if version not in _WITH_PAYMENT_METHOD_TYPES:
        message = "payment_method_types is no longer supported. Use allowed_payment_method_types instead."
        raise invalid(message, code="payment_method_types_no_longer_supported", param="payment_method_types")
    if "allowed_payment_method_types" in given:
        message = "You may only specify one of these parameters: payment_method_types, allowed_payment_method_types."
        raise invalid(message, code="parameters_exclusive", param="payment_method_types")
    renamed = {name: value for name, value in given.items() if name != "payment_method_types"}
    return renamed | {"allowed_payment_method_types": given["payment_method_types"]}
