"""The double as a process of its own, as its users run it."""

import signal
import subprocess
import sys
from pathlib import Path

import stripe

from running_double import API_KEY, DEADLINE_S, WEBHOOK_SECRET

COMMAND = [sys.executable, "-m", "stripe_double"]


def test_it_prints_its_url_first_and_ends_on_a_signal(tmp_path: Path) -> None:
    ready = tmp_path / "ready"
    given = ["--api-key", API_KEY, "--webhook-secret", WEBHOOK_SECRET, "--ready-file", str(ready), "--port", "0"]
    with subprocess.Popen([*COMMAND, *given], stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            url = process.stdout.readline().strip()
            assert url.startswith("http://127.0.0.1:")
            assert ready.read_text() == url
            client = stripe.StripeClient(API_KEY, base_addresses={"api": url}, max_network_retries=0)
            assert client.v1.customers.create({"name": "Ada"}).name == "Ada"
        finally:
            process.send_signal(signal.SIGTERM)
        assert process.wait(DEADLINE_S) in (0, -signal.SIGTERM)


def test_help_teaches_the_faults() -> None:
    shown = subprocess.run([*COMMAND, "--help"], capture_output=True, text=True, check=True).stdout
    wanted = [
        "/_double/faults",
        "timeout_after_work",
        "/_double/totals",
        "/_double/disputes",
        "/_double/later",
        "--port",
        "--webhook-secret",
    ]
    assert [words for words in wanted if words not in shown] == []
