"""stripe-node drives the double, beside stripe-python.

It needs Node 20 or newer, and the library: `npm ci` in `node/` installs it. `TEST_NODE` names another Node than that of
the path, and `TEST_NODE_INSTALL` a command that installs the library.
"""

import json
import os
import shlex
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from running_double import API_KEY, DEADLINE_S, Double
from stripe_double.settings import API_VERSION

DRIVER = Path(__file__).parent / "node" / "drive.mjs"


@pytest.fixture(scope="module")
def node() -> str:
    """The Node that runs the driver; skips with the reason if there is none, or no library for it."""
    program = os.environ.get("TEST_NODE") or shutil.which("node")
    if program is None:
        pytest.skip("there is no Node")
    if install := os.environ.get("TEST_NODE_INSTALL"):
        done = subprocess.run(shlex.split(install), check=False, capture_output=True, text=True)
        if done.returncode:
            pytest.skip(f"stripe-node cannot be installed: {done.stdout}{done.stderr}")
    if not (DRIVER.parent / "node_modules" / "stripe").exists():
        pytest.skip(f"stripe-node is not installed: run `npm ci` in {DRIVER.parent}")
    return program


@pytest.fixture
def seen(double: Double, node: str) -> dict[str, Any]:
    """What the driver saw."""
    environment = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
    done = subprocess.run(
        [node, str(DRIVER), double.url, API_KEY],
        check=False,
        capture_output=True,
        text=True,
        timeout=6 * DEADLINE_S,
        env=environment,
    )
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


def test_stripe_node_charges_refunds_and_hears_of_it(double: Double, seen: dict[str, Any]) -> None:
    assert seen["version"] == API_VERSION
    assert seen["hold"] == "requires_capture"
    assert seen["captured"] == ["succeeded", 1500, 1500]
    assert seen["refunds"] == 1
    assert (seen["customers"], seen["found"]) == (6, ["ada@example.com"])
    assert seen["declined"] == {
        "type": "StripeCardError",
        "code": "card_declined",
        "declineCode": "generic_decline",
        "statusCode": 402,
    }
    assert (seen["refused"]["type"], seen["refused"]["statusCode"]) == ("StripeInvalidRequestError", 400)
    assert (seen["unknownAccount"]["type"], seen["unknownAccount"]["code"]) == (
        "StripePermissionError",
        "account_invalid",
    )
    assert seen["authenticated"] == ["requires_action", 303, "requires_capture"]
    assert seen["connected"] == {"payout": "pending", "available": 600}
    assert seen["events"] == [
        "payment_intent.created",
        "payment_intent.amount_capturable_updated",
        "payment_intent.succeeded",
        "payment_intent.created",
        "payment_intent.payment_failed",
    ]
    totals = double.shown("/totals")
    assert (totals["captured_minor"], totals["refunded_minor"], totals["held_minor"]) == (6500, 400, 900)
