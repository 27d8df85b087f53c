"""`payment_method_options`: checked as Stripe checks them, so that a misspelt option is refused and not ignored.

Cards only. Source: https://docs.stripe.com/api/payment_intents/create#create_payment_intent-payment_method_options-card
and https://docs.stripe.com/api/setup_intents/create#create_setup_intent-payment_method_options-card.
"""

from typing import Any

from stripe_double.parameters import Specification, boolean, choice, integer, mapping, required, text
from stripe_double.world import Object

_NETWORKS = (
    "amex",
    "cartes_bancaires",
    "diners",
    "discover",
    "eftpos_au",
    "girocard",
    "interac",
    "jcb",
    "link",
    "mastercard",
    "unionpay",
    "unknown",
    "visa",
)
_IF_AVAILABLE = choice("if_available", "never")
_THREE_D_SECURE = mapping(
    ares_trans_status=choice("A", "C", "I", "N", "R", "U", "Y"),
    cryptogram=text(),
    electronic_commerce_indicator=choice("01", "02", "05", "06", "07"),
    exemption_indicator=choice("low_risk", "none"),
    requestor_challenge_indicator=text(),
    transaction_id=text(),
    version=choice("1.0.2", "2.1.0", "2.2.0", "2.3.0", "2.3.1"),
)
_MANDATE = {
    "amount": integer(1),
    "amount_type": choice("fixed", "maximum"),
    "description": text(200),
    "end_date": integer(),
    "interval": choice("day", "month", "sporadic", "week", "year"),
    "interval_count": integer(1),
    "reference": required(text(80)),
    "start_date": integer(),
}
_BOTH: Specification = {
    "moto": boolean(),
    "network": choice(*_NETWORKS),
    "request_three_d_secure": choice("any", "automatic", "challenge"),
    "setup_credential_usage": choice("installment", "recurring", "unscheduled"),
    "three_d_secure": _THREE_D_SECURE,
}
_PAYMENT: Specification = {
    **_BOTH,
    "capture_method": choice("manual"),
    "cvc_token": text(),
    "installments": mapping(
        enabled=boolean(), plan=mapping(count=integer(1), interval=choice("month"), type=choice("fixed_count"))
    ),
    "mandate_options": mapping(**_MANDATE),
    "request_extended_authorization": _IF_AVAILABLE,
    "request_incremental_authorization": _IF_AVAILABLE,
    "request_multicapture": _IF_AVAILABLE,
    "request_overcapture": _IF_AVAILABLE,
    "require_cvc_recollection": boolean(),
    "setup_future_usage": choice("none", "off_session", "on_session"),
    "statement_descriptor_suffix_kana": text(22),
    "statement_descriptor_suffix_kanji": text(17),
    "stored_credential_usage": choice("installment", "recurring", "unscheduled"),
}
FOR_PAYMENTS = mapping(card=mapping(**_PAYMENT))
FOR_SETUPS = mapping(card=mapping(**_BOTH, mandate_options=mapping(**_MANDATE, currency=required(text(3)))))

_NOT_ANSWERED = ("cvc_token", "moto", "three_d_secure", "setup_credential_usage", "stored_credential_usage")


def of_payment(given: dict[str, Any] | None, former: Object | None = None) -> Object:
    """The options as a PaymentIntent shows them."""
    nothing = {"installments": None, "mandate_options": None, "network": None, "request_three_d_secure": "automatic"}
    return _shown(nothing, given, former)


def of_setup(given: dict[str, Any] | None, former: Object | None = None) -> Object:
    """The options as a SetupIntent shows them."""
    nothing = {"mandate_options": None, "network": None, "request_three_d_secure": "automatic"}
    return _shown(nothing, given, former)


def _shown(nothing: Object, given: dict[str, Any] | None, former: Object | None) -> Object:
    wanted = {name: value for name, value in ((given or {}).get("card") or {}).items() if name not in _NOT_ANSWERED}
    return {"card": nothing | ((former or {}).get("card") or {}) | wanted}
