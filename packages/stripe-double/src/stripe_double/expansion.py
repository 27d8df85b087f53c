"""`expand[]`: answers an object in place of its id."""

from copy import deepcopy
from typing import TYPE_CHECKING, Any

from stripe_double.errors import ApiError, invalid

if TYPE_CHECKING:
    from stripe_double.world import Object, World

DEEPEST = 4

# Expandable fields: kind of object and field → the kind of the expanded object.
EXPANDABLE: dict[tuple[str, str], str] = {
    ("payment_intent", "customer"): "customer",
    ("payment_intent", "payment_method"): "payment_method",
    ("payment_intent", "latest_charge"): "charge",
    ("charge", "customer"): "customer",
    ("charge", "payment_intent"): "payment_intent",
    ("charge", "balance_transaction"): "balance_transaction",
    ("charge", "failure_balance_transaction"): "balance_transaction",
    ("charge", "refunds"): "list:refund",
    ("refund", "charge"): "charge",
    ("refund", "payment_intent"): "payment_intent",
    ("refund", "balance_transaction"): "balance_transaction",
    ("refund", "customer"): "customer",
    ("refund", "payment_method"): "payment_method",
    ("setup_intent", "customer"): "customer",
    ("setup_intent", "payment_method"): "payment_method",
    ("setup_intent", "latest_attempt"): "setup_attempt",
    ("setup_attempt", "customer"): "customer",
    ("setup_attempt", "payment_method"): "payment_method",
    ("setup_attempt", "setup_intent"): "setup_intent",
    ("payment_method", "customer"): "customer",
    ("balance_transaction", "source"): "charge",
    ("charge", "transfer"): "transfer",
    ("dispute", "charge"): "charge",
    ("dispute", "payment_intent"): "payment_intent",
    ("payout", "balance_transaction"): "balance_transaction",
    ("payout", "failure_balance_transaction"): "balance_transaction",
    ("payout", "destination"): "bank_account",
    ("refund", "failure_balance_transaction"): "balance_transaction",
    ("transfer", "balance_transaction"): "balance_transaction",
    ("transfer", "destination"): "account",
    ("transfer", "source_transaction"): "charge",
    ("transfer_reversal", "balance_transaction"): "balance_transaction",
    ("transfer_reversal", "transfer"): "transfer",
    ("customer", "invoice_settings.default_payment_method"): "payment_method",
}


_SOURCES = {"re": "refund", "du": "dispute", "tr": "transfer", "trr": "transfer_reversal", "po": "payout"}


def _steps(path: str, kind: str, *, is_list: bool) -> list[tuple[str, str]]:
    """The path as (field, kind of the expanded object); raises for an invalid one."""
    parts = _parts(path, is_list=is_list)
    steps: list[tuple[str, str]] = []
    kind = kind.removeprefix("list:")
    while parts:
        name = parts.pop(0)
        if parts and (kind, f"{name}.{parts[0]}") in EXPANDABLE:
            name = f"{name}.{parts.pop(0)}"
        becomes = EXPANDABLE.get((kind, name))
        if becomes is None:
            raise _unexpandable(path)
        steps.append((name, becomes))
        kind = becomes.removeprefix("list:")
        if becomes.startswith("list:") and parts and parts.pop(0) != "data":
            raise _unexpandable(path)
    if len(steps) > DEEPEST:
        raise invalid(f"You cannot expand more than {DEEPEST} levels of a property.", param="expand")
    return steps


def _parts(path: str, *, is_list: bool) -> list[str]:
    """The path's names, beginning at an object; none for a list's own `total_count`."""
    if not is_list:
        return path.split(".")
    if path == "total_count":
        return []
    first, *rest = path.split(".")
    if first != "data" or not rest:
        raise _unexpandable(path)
    return rest


def _unexpandable(path: str) -> ApiError:
    return invalid(f"This property cannot be expanded ({path}).", param="expand")


def check(path: str, kind: str, *, is_list: bool) -> None:
    """Raise if `path` cannot be expanded on this kind of object."""
    _steps(path, kind, is_list=is_list)


def render(world: "World", thing: "Object", kind: str, expand: list[str]) -> "Object":
    """An expanded copy for the answer."""
    answer = deepcopy(thing)
    is_list = kind.startswith("list:")
    for path in expand:
        if is_list and path == "total_count":
            answer["total_count"] = answer.pop("_total", len(answer["data"]))
            continue
        steps = _steps(path, kind, is_list=is_list)
        for each in answer["data"] if is_list else [answer]:
            _expand(world, each, steps)
    answer.pop("_total", None)
    return answer


def _expand(world: "World", thing: Any, steps: list[tuple[str, str]]) -> None:
    if not steps or not isinstance(thing, dict):
        return
    (name, becomes), *further = steps
    *outer, last = name.split(".")
    for part in outer:
        thing = thing.get(part) or {}
    if becomes.startswith("list:"):
        thing.setdefault(last, _sublist(world, thing, becomes.removeprefix("list:")))
        for each in thing[last]["data"]:
            _expand(world, each, further)
        return
    if isinstance(thing.get(last), str):
        thing[last] = deepcopy(_by_id(world, becomes, thing[last]))
    _expand(world, thing.get(last), further)


def _by_id(world: "World", kind: str, identifier: str) -> Any:
    if kind == "charge":  # a balance transaction's source is one of many kinds
        kind = _SOURCES.get(identifier.partition("_")[0], kind)
    return world.objects[kind].get(identifier, identifier)


def _sublist(world: "World", thing: "Object", kind: str) -> "Object":
    owned = [each for each in world.all(kind) if each[thing["object"]] == thing["id"]]
    url = f"/v1/{thing['object']}s/{thing['id']}/{kind}s"
    return {"object": "list", "data": deepcopy(owned[::-1]), "has_more": False, "url": url}
