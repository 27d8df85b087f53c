"""A whole ride through clients that other people's tools generated from `docs/openapi.json` and compiled."""

import asyncio
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from local.demo import CONFIRMATION_CODE
from local.paths import VENV
from tests.contracts.conftest import tools
from tests.contracts.foreign import DOCS, PYTHON, TOOLS, node_tool, run, said
from tests.e2e.city import DROPOFF, NEAR_PICKUP, PICKUP, City

__all__ = ["tools"]
CLIENTS = Path(__file__).parent / "clients"

pytestmark = pytest.mark.usefixtures("tools")


async def _settings(city: City) -> str:
    return json.dumps(
        {
            "rest_url": city.record.rest_url.rstrip("/"),
            "stripe_url": city.record.stripe_url,
            "stripe_api_key": city.record.stripe_api_key,
            "code": CONFIRMATION_CODE,
            "operator_token": await city.operators_token(),
            "pickup": PICKUP.model_dump(),
            "near_pickup": NEAR_PICKUP.model_dump(),
            "dropoff": DROPOFF.model_dump(),
        }
    )


async def _is_paid(city: City, told: str) -> None:
    """Wait until the trip is paid, and compare the amount that the client printed with Stripe's."""
    ride: dict[str, Any] = json.loads(told)
    await city.reaches(ride["trip_id"], "paid")
    totals = await city.double("/_double/totals?key=trip_id")
    assert totals["by_metadata"][ride["trip_id"]]["captured_minor"] == ride["amount_minor"] > 0


async def test_a_generated_python_client_rides_from_registration_to_receipt(city: City, tmp_path: Path) -> None:
    generated = await asyncio.to_thread(
        run,
        *(PYTHON / "openapi-python-client", "generate", "--path", DOCS / "openapi.json", "--meta", "none"),
        *("--output-path", tmp_path / "rideflow_client", "--config", TOOLS / "openapi-python-client.yaml"),
    )
    assert generated.returncode == 0, said(generated)
    (tmp_path / "rideflow_client" / "py.typed").touch()
    shutil.copy(CLIENTS / "ride.py", tmp_path)
    typed = await asyncio.to_thread(
        run,
        *(VENV / "bin" / "mypy", "--strict", "--follow-imports=silent", "--config-file=", "ride.py"),
        *("--python-executable", PYTHON / "python"),
        cwd=tmp_path,
    )
    assert typed.returncode == 0, said(typed)

    ridden = await asyncio.to_thread(run, PYTHON / "python", "ride.py", await _settings(city), cwd=tmp_path)

    assert ridden.returncode == 0, said(ridden)
    await _is_paid(city, ridden.stdout)


async def test_a_generated_typescript_client_rides_from_registration_to_receipt(city: City, tmp_path: Path) -> None:
    for name in ("ride.ts", "tsconfig.json", "package.json"):
        shutil.copy(CLIENTS / name, tmp_path)
    (tmp_path / "node_modules").symlink_to(TOOLS / "node_modules")
    generated = await asyncio.to_thread(
        run,
        *(node_tool("openapi-typescript"), DOCS / "openapi.json", "--output", tmp_path / "schema.d.ts"),
        "--default-non-nullable=false",  # members with a default stay optional in requests
    )
    assert generated.returncode == 0, said(generated)
    typed = await asyncio.to_thread(run, node_tool("tsc"), "--project", tmp_path)
    assert typed.returncode == 0, said(typed)

    ridden = await asyncio.to_thread(run, "node", "ride.ts", await _settings(city), cwd=tmp_path)

    assert ridden.returncode == 0, said(ridden)
    await _is_paid(city, ridden.stdout)
