"""`rideflow bench --only local` measures on the running stack, within its rate limits."""

import json
from pathlib import Path

import pytest

from benchmarks.__main__ import main
from local import paths
from local.stack import Stack

MORE_THAN_A_RIDER_MAY = 50
"""Repeats; with the warm-up calls they exceed the limit of sixty quotes a minute and person."""


def test_round_trips_are_measured_beside_an_empty_lambda_s(
    stack: Stack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paths, "STACK", stack.folder)
    figures = tmp_path / "figures.json"

    assert main(["--only", "local", "--repeats", str(MORE_THAN_A_RIDER_MAY), "--json", str(figures)]) == 0

    rows = json.loads(figures.read_text())["local"]
    assert [row["name"] for row in rows] == ["GET /v1/riders/me", "POST /v1/quotes", "ping", "location"]
    for row in rows:
        assert 0 < row["p50_ms"] <= row["p99_ms"]
        assert row["ratio"] == pytest.approx(row["p50_ms"] / row["empty_p50_ms"], abs=0.02)
