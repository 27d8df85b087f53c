"""An operation of the API: its address, its parameters, and its handler."""

from collections.abc import Callable, Collection, Container, Mapping
from dataclasses import dataclass, field
from typing import Any

from stripe_double import expansion, parameters, versions
from stripe_double.errors import ApiError, refused
from stripe_double.parameters import Specification
from stripe_double.settings import publishable
from stripe_double.world import Object, World


@dataclass(frozen=True, slots=True)
class Call:
    """One request to an operation; `given` is read, `path` holds the ids in the address."""

    world: World
    path: Mapping[str, str]
    given: dict[str, Any]
    publishable: bool = False

    def require_secret_of(self, intent: Object) -> None:
        """A phone has only the publishable key, so it must know the intent's client secret."""
        secret = self.given.get("client_secret")
        if secret == intent["client_secret"] or (secret is None and not self.publishable):
            return
        kind = intent["object"]
        message = f"The client_secret provided does not match the client_secret associated with this {kind}."
        raise refused(message, code=f"{kind}_invalid_parameter", param="client_secret")


@dataclass(frozen=True, slots=True)
class Operation:
    """`answers` is the kind of the answered object (or of a list's objects) and decides what can be expanded;
    `public` ones take the publishable key too.
    """

    method: str
    path: str
    run: Callable[[Call], Object]
    answers: str
    accepts: Specification = field(default_factory=dict)
    public: bool = False

    def read(self, given: dict[str, Any], version: str) -> tuple[dict[str, Any], list[str]]:
        """The parsed parameters, and the paths to expand. Raises before any work is begun."""
        if self.method == "POST" and self.answers in ("payment_intent", "setup_intent"):
            given = versions.translated(given, version)
        accepted = {**self.accepts, "expand": parameters.list_of(parameters.text())}
        read = parameters.parse(accepted, given)
        expand = [path for path in read.pop("expand", []) if path]
        for path in expand:
            expansion.check(path, self.answers, is_list=self.is_list)
        return read, expand

    @property
    def is_list(self) -> bool:
        return self.answers.startswith("list:")

    @property
    def right(self) -> str:
        """What a restricted key needs, such as `customers:write`. Source: https://docs.stripe.com/keys/restricted-api-keys."""
        return f"{self.path.split('/')[2]}:{'read' if self.method == 'GET' else 'write'}"


def right_problem(offered: str | None, right: str, rights: Mapping[str, Collection[str]]) -> ApiError | None:
    """The reason why a restricted key does not permit the operation, or None.

    A right to write includes reading. A key that is not restricted may do everything.
    """
    if offered is None or offered not in rights or {right, right.replace(":read", ":write")} & set(rights[offered]):
        return None
    message = (
        f"The provided key '{offered[:8]}{'*' * 8}' does not have the required permissions for this endpoint. "
        f"Having the '{right}' permission would allow this request to continue."
    )
    return ApiError(403, "invalid_request_error", message, executed=False)


def account_problem(offered: str | None, account: str | None, known: Container[str]) -> ApiError | None:
    """Why the key cannot act for the account that `Stripe-Account` names, or None if it can.

    Source: https://docs.stripe.com/connect/authentication#stripe-account-header; the code: https://docs.stripe.com/error-codes.
    """
    if account is None or account in known:
        return None
    message = (
        f"The provided key '{(offered or '')[:8]}{'*' * 8}' does not have access to account '{account}' (or that "
        "account does not exist). Application access may have been revoked."
    )
    return ApiError(403, "invalid_request_error", message, executed=False, code="account_invalid")


def key_problem(offered: str | None, secret_keys: Collection[str], *, public: bool) -> ApiError | None:
    """Why the API key does not permit this operation, or None if it does. `secret_keys` are those that are valid."""
    publishable_keys = {publishable(key) for key in secret_keys}
    if not offered:
        message = (
            "You did not provide an API key. You need to provide your API key in the Authorization header, "
            "using Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY')."
        )
        return ApiError(401, "invalid_request_error", message, executed=False)
    if offered in secret_keys or (public and offered in publishable_keys):
        return None
    if offered in publishable_keys:
        message = "This API call cannot be made with a publishable API key. Please use a secret API key."
        return ApiError(401, "invalid_request_error", message, executed=False, code="secret_key_required")
    message = f"Invalid API Key provided: {offered[:8]}{'*' * 8}{offered[-4:] if len(offered) > 16 else ''}"
    return ApiError(401, "invalid_request_error", message, executed=False)
