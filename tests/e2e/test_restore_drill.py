"""The restore drill on the deployed local cloud."""

import json
from pathlib import Path

import psycopg
import pytest
from typer.testing import CliRunner

from local import restoring
from local.cli import app
from local.commands import drill
from local.drill import LOST
from local.stack import Stack

STEPS = ["Rides before", "Dump", "Restore", "Compare rows", "Check books", "Switch", "Empty Redis", "Rides after"]


@pytest.mark.long
def test_rides_go_on_after_the_database_and_redis_were_lost(
    stack: Stack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert stack.record is not None
    monkeypatch.setattr(drill, "running_stack", lambda: stack.record)
    figures = tmp_path / "drill.json"

    said = CliRunner().invoke(app, ["drill", "restore", "--rides", "10", "--json", str(figures)])

    assert said.exit_code == 0, said.output
    print(said.stdout)
    result = json.loads(figures.read_text())
    assert result["rides"]["paid"] == result["rides"]["requested"] == 10
    assert result["books"]["orders"] >= 3
    assert result["books"]["captured_minor"] == result["books"]["stripe_minor"] > 0
    assert result["rows"] > 100
    assert list(result["seconds"]) == STEPS
    with psycopg.connect(stack.record.database_url) as connection:
        row = connection.execute("select count(*) from trips where state = 'paid'").fetchone()
    assert row is not None
    assert row[0] >= 13  # three were restored, and ten are new: functions write to what was restored
    with pytest.raises(psycopg.OperationalError, match="not currently accepting connections"):
        psycopg.connect(restoring.renamed(stack.record.database_url, LOST))
