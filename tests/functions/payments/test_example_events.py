"""The events under `events/`, which are also for trying a function by hand."""

import importlib
import json
from pathlib import Path

import pytest
from pydantic import ValidationError

from tests.functions.lambda_events import LambdaContext
from tests.functions.payments.money import Money

ROOT = Path(__file__).parents[3]
NO_SUCH_THING = {
    "PaymentDeclinedError",
    "OrderConflictError",
    "TripNotOverError",
    "TripNotFoundError",
    "ProviderRefusedError",
}
OPERATIONS = [
    *(path.relative_to(ROOT / "functions").with_suffix("") for path in sorted(ROOT.glob("functions/payments/*.py"))),
    Path("pricing/request_quote"),
]


@pytest.mark.parametrize("operation", OPERATIONS, ids=str)
def test_each_is_read_by_its_operation(money: Money, operation: Path) -> None:
    """There is no such trip, order or hold: the operation may refuse for that, but it must read the event."""
    event = json.loads((ROOT / "events" / operation).with_suffix(".json").read_text())
    app = importlib.import_module(f"functions.{operation.parent}.{operation.name}").app
    try:
        answer = app(event, LambdaContext()) or {}
    except ValidationError:
        raise
    except Exception as error:
        answer = {"error": type(error).__name__}
    assert answer.get("statusCode") not in {422, 500}, answer
    assert answer.get("error") in NO_SUCH_THING | {None}
