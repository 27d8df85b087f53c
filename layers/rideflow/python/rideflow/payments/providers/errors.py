"""Errors of the port to payment providers: each adapter raises these, and the sagas catch them by name.

| error                      | what the provider said                       | a repeat          | the amount      |
|----------------------------|----------------------------------------------|-------------------|-----------------|
| `PaymentDeclinedError`     | the payer's bank refuses                     | may be accepted   | did not move    |
| `DeclinedForGoodError`     | the bank refuses, and wants no other try     | is forbidden      | did not move    |
| `PaymentNotConfirmedError` | the payer did not confirm the payment        | is of no use      | did not move    |
| `PayerNotAskedError`       | the same, and we had not asked them          | is of no use      | did not move    |
| `HoldGoneError`            | the hold was released, or has expired        | is of no use      | cannot move     |
| `AmountTooSmallError`      | it takes no amount as small as this          | is of no use      | did not move    |
| `ProviderRefusedError`     | the request is one that it never accepts     | is of no use      | did not move    |
| `ProviderUnavailableError` | nothing usable, or that it is too busy       | is needed         | may have moved  |
"""

from __future__ import annotations

from typing import NotRequired, TypedDict

from rideflow.kernel.errors import ConflictError, PaymentRequiredError, UnavailableError


class PaymentDeclinedError(PaymentRequiredError):
    """The payer's bank refuses, or the payer failed to authenticate."""

    code = "payment_declined"

    class Members(TypedDict):
        decline_code: NotRequired[str]


class DeclinedForGoodError(PaymentDeclinedError):
    """The payer's bank refuses, and says that the same card is not to be tried again for this payment.

    Card networks charge for tries against their advice.
    """

    code = "payment_declined_for_good"


class PaymentNotConfirmedError(PaymentRequiredError):
    """The payer's bank wanted them to confirm the payment, and they did not in the time that they had."""

    code = "payment_not_confirmed"


class PayerNotAskedError(UnavailableError):
    """The payer's bank wanted them to confirm the payment, and we could not ask them: the failure is ours."""

    code = "payment_unavailable"


class HoldGoneError(ConflictError):
    """The hold was released or has expired; nothing can be captured from it."""

    code = "hold_gone"

    class Members(TypedDict):
        provider_state: NotRequired[str]


class AmountTooSmallError(ConflictError):
    """The amount is less than the provider takes, in whatever currency it counts."""

    code = "amount_too_small"


class ProviderRefusedError(UnavailableError):
    """The provider understood the request and will never accept it: a fault of ours, or of the account's settings.

    It is logged and counted where it is raised. To the client it looks like a provider that is away, later as well.
    """

    code = "payment_provider_refused"

    class Members(TypedDict):
        provider_code: NotRequired[str]


class ProviderUnavailableError(UnavailableError):
    """The provider gave no usable response. The outcome of the request is not known, so it is repeated."""

    code = "payment_provider_unavailable"
