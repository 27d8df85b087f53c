"""The events under `events/identity`, which are also for trying a function by hand."""

import json
from pathlib import Path
from typing import Any

import pytest

from functions.identity import authorize, confirm, login, register
from tests.functions.identity.conftest import SignInPage
from tests.functions.lambda_events import LambdaContext, answer


def example(operation: str) -> dict[str, Any]:
    path = Path(__file__).parents[3] / "events" / "identity" / f"{operation}.json"
    event: dict[str, Any] = json.loads(path.read_text())
    return event


def test_in_order_they_open_an_account_and_sign_in(page: SignInPage) -> None:
    assert answer(register.app, example("register")).status == 201
    assert answer(confirm.app, example("confirm")).status == 200
    assert answer(login.app, example("login")).status == 200


def test_the_token_of_the_authorizers_example_is_none(page: SignInPage) -> None:
    with pytest.raises(Exception, match=r"^Unauthorized$"):
        authorize.app(example("authorize"), LambdaContext())


@pytest.mark.parametrize("operation", ["refresh", "logout"])
def test_the_others_carry_a_refresh_token(operation: str) -> None:
    """moto has neither operation; the adapter's tests run them against ministack."""
    assert set(json.loads(example(operation)["body"])) == {"refresh_token"}
