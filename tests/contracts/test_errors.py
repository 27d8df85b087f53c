"""Errors of operations are read from the code, and the code raises them as declared."""

import ast
from pathlib import Path
from typing import NotRequired, get_origin, get_type_hints

import pytest

from rideflow.kernel import errors
from rideflow.kernel.errors import DomainError
from rideflow.kernel.problems import STATUS
from tools.contracts import problems, refusals
from tools.contracts.operations import operations
from tools.contracts.program import Entity, Program
from tools.contracts.raising import Raising, problem_key

_COMMON = {"field"}

INSIDE = {
    "amount_too_small": "sagas catch it: a hold is placed for more, a fare waits for the next ride",
    "email_taken": "registering answers alike whether the e-mail has an account or not",
    "hold_gone": "a saga catches it: the rider owes the amount",
    "insufficient_balance": "whoever posts to a floored account catches it",
    "journal_conflict": "a saga tries again, and stops where a step was posted otherwise",
    "order_conflict": "sagas and webhooks catch it or try again",
    "payment_declined_for_good": "sagas catch it: the card is not tried again",
    "payment_not_confirmed": "a saga catches it: the rider is told that their bank did not confirm",
    "payment_unavailable": "a saga catches it: the rider is told that we could not ask them",
    "session_ended": "a handshake is refused with it, which AsyncAPI does not describe",
    "trip_not_over": "the settle saga is started again by the trip's end",
}
"""Errors that reach no app, each with the code that handles it."""


def _errors() -> dict[str, type[DomainError]]:
    """Every error of the product by its full name, without the categories."""
    found: dict[str, type[DomainError]] = {}
    waiting = list(DomainError.__subclasses__())
    while waiting:
        error = waiting.pop()
        waiting += error.__subclasses__()
        if error not in STATUS and error.__module__.startswith("rideflow."):
            found[f"{error.__module__}.{error.__name__}"] = error
    return found


def test_every_error_is_listed_by_an_operation_or_is_ours_to_handle() -> None:
    causes = [cause for each in operations() if refusals.is_public(each) for cause in refusals.raised_by(each)]
    listed = {problem_key(cause)[1] for cause in (*causes, *refusals.of_action(None))}
    unlisted = {error.code for error in _errors().values()} - listed

    assert unlisted == set(INSIDE)


def test_errors_are_made_with_exactly_the_members_that_they_type() -> None:
    program, known = refusals.program(), _errors()
    made = 0
    for module in program.modules.values():
        for call in (node for node in ast.walk(module.tree) if isinstance(node, ast.Call)):
            entity = program.seen_from(module, call.func.id) if isinstance(call.func, ast.Name) else None
            error = known.get(entity.name) if entity is not None else None
            if error is None:
                continue
            made += 1
            given = {keyword.arg for keyword in call.keywords} - _COMMON
            hints = get_type_hints(error.Members, None, problems.namespace(error, program), include_extras=True)
            required = {name for name, hint in hints.items() if get_origin(hint) is not NotRequired}
            where = f"{module.name}:{call.lineno}: {error.__name__}"
            if None in given:  # `**more`: its members are known only at run time
                given = (given - {None}) | required
            assert required <= given <= set(hints), f"{where} gives {sorted(map(str, given))}, types {sorted(hints)}"
    assert made > 80, "they are found at all"


SOURCE = """
from rideflow.kernel.errors import ConflictError, DomainError, NotFoundError

TABLE = {{NotFoundError: ConflictError}}

class Store:
    def find(self) -> None:
        raise NotFoundError("")

class Port(Protocol):
    def find(self) -> None: ...

class Service:
    def __init__(self, store: Port, lazy: Callable[[], Port]) -> None:
        self._store = store
        self._lazy = lazy

    def use(self) -> None:
        {body}

def refusal() -> DomainError:
    return ConflictError("")
"""


@pytest.mark.parametrize(
    ("body", "codes"),
    [
        ("self._store.find()", {"not_found"}),
        ("self._each(lambda: self._store.find())", {"not_found"}),
        ("self._lazy().find()", {"not_found"}),
        ("lazy = self._lazy\n        lazy().find()", {"not_found"}),
        ("raise refusal()", {"conflict"}),
        ("raise TABLE[type(self)]('')", {"conflict"}),
        ("isinstance(self, NotFoundError)", set()),
        ("with suppress(NotFoundError):\n            self._store.find()", set()),
        ("with suppress(ConflictError):\n            self._store.find()", {"not_found"}),
        ("try:\n            self._store.find()\n        except NotFoundError:\n            pass", set()),
        ("try:\n            self._store.find()\n        except DomainError:\n            pass", set()),
        ("try:\n            self._store.find()\n        except NotFoundError:\n            raise", {"not_found"}),
        ("try:\n            self._store.find()\n        except ConflictError:\n            pass", {"not_found"}),
        (
            "try:\n            pass\n        except ConflictError as e:\n            raise NotFoundError('') from e",
            {"not_found"},
        ),
    ],
)
def test_a_function_raises_its_own_errors_and_those_of_its_calls_that_nobody_catches(
    body: str, codes: set[str]
) -> None:
    kinds = Path(errors.__file__).read_text(encoding="utf-8")
    program = Program({"rideflow.kernel.errors": kinds, "rideflow.example": SOURCE.format(body=body)})
    use = program.named("rideflow.example.Service.use")
    assert isinstance(use, Entity)

    assert {problem_key(cause)[1] for cause in Raising(program, [use]).by(use)} == codes
