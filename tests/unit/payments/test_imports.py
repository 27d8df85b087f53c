"""Imports at a cold start: libraries that a function does not need are not imported."""

import subprocess
import sys

import pytest


@pytest.mark.parametrize(
    ("function", "unwanted"),
    [
        ("payments.place_hold", ("psycopg", "stripe", "boto3")),
        ("payments.capture_payment", ("psycopg", "stripe", "boto3")),
        ("payments.release_hold", ("psycopg", "stripe", "boto3")),
        ("payments.on_trip_ended", ("psycopg", "stripe", "boto3")),
        ("payments.add_card", ("psycopg", "stripe", "boto3")),
        ("payments.record_hold", ("stripe", "boto3")),
        ("payments.receive_stripe_webhook", ("stripe", "boto3")),
        ("pricing.request_quote", ("stripe", "boto3")),
    ],
)
def test_a_function_imports_only_what_it_needs(function: str, unwanted: tuple[str, ...]) -> None:
    check = f"import sys, functions.{function}; print(*[name for name in {unwanted!r} if name in sys.modules])"
    ran = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True, check=True)
    assert ran.stdout.split() == []
