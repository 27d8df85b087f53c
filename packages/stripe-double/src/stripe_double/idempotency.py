"""Idempotency keys as https://docs.stripe.com/api/idempotent_requests describes them.

The first answer of a key is kept, of any status (2xx, 4xx, 5xx), once the endpoint's work has begun. The same key with
the same parameters gets this answer again. With other parameters or at another address it is an error, and while the
first request is at work it is a conflict.
"""

from dataclasses import dataclass, field
from typing import Any

from stripe_double.errors import ApiError

LONGEST_KEY = 255


@dataclass(frozen=True, slots=True)
class Answer:
    """`executed` is false if no work had begun, so that the key stays free."""

    status: int
    body: bytes
    request_id: str
    headers: dict[str, str] = field(default_factory=dict)
    executed: bool = True


@dataclass(slots=True)
class _Use:
    path: str
    given: dict[str, Any]
    began: int
    answer: Answer | None = None


class Keys:
    """The keys in use, each with its account before it: `acct_1:key`, `:key`. Callers hold the world's lock."""

    def __init__(self, lifetime_s: int) -> None:
        self._lifetime_s = lifetime_s
        self._uses: dict[str, _Use] = {}

    def begin(self, key: str, path: str, given: dict[str, Any], now: int) -> Answer | None:
        """The kept answer, or None: then the key is at work until `finish` or `abandon`."""
        if len(key.partition(":")[2]) > LONGEST_KEY:
            message = f"The idempotency key must be at most {LONGEST_KEY} characters."
            raise ApiError(400, "invalid_request_error", message, executed=False)
        use = self._uses.get(key)
        if use is None or (use.answer is not None and now - use.began >= self._lifetime_s):
            self._uses[key] = _Use(path, given, now)
            return None
        self._refuse_other_use(key, use, path, given)
        shown = key.partition(":")[2]
        if use.answer is None:
            message = (
                "There is currently another in-progress request using this Stripe-Idempotency-Key (that probably means "
                f"you submitted twice, and the other request is still going through): {shown}."
            )
            raise ApiError(409, "invalid_request_error", message, executed=False, code="idempotency_key_in_use")
        return use.answer

    @staticmethod
    def _refuse_other_use(key: str, use: _Use, path: str, given: dict[str, Any]) -> None:
        if path != use.path:
            same = f"for the same endpoint they were first used for ('{path}' vs '{use.path}')"
        elif given != use.given:
            same = "with the same parameters they were first used with"
        else:
            return
        message = (
            f"Keys for idempotent requests can only be used {same}. "
            f"Try using a key other than '{key.partition(':')[2]}' if you meant to execute a different request."
        )
        raise ApiError(400, "idempotency_error", message, executed=False)

    def finish(self, key: str, answer: Answer) -> None:
        if key in self._uses:
            self._uses[key].answer = answer

    def abandon(self, key: str) -> None:
        self._uses.pop(key, None)

    def clear(self) -> None:
        self._uses.clear()
