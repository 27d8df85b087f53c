"""Every argument of every handler reaches its use case."""

from importlib import import_module
from pathlib import Path

import pytest

from rideflow.kernel.settings import DatabaseSettings
from tests.functions.spying import Case, noted_calls

FUNCTIONS = Path(__file__).resolve().parents[2] / "functions"
CONTEXTS = sorted(
    folder.name for folder in FUNCTIONS.iterdir() if (folder / "__init__.py").exists() or any(folder.glob("*.py"))
)
WITHOUT_A_USE_CASE = {
    "identity/authorize",
    "kernel/forget_idempotency_keys",
    "kernel/migrate",
    "kernel/on_event_published",
    "kernel/sweep_outbox",
}
"""They pass nothing on, and have tests of their own."""

CASES: dict[str, list[Case]] = {
    f"{context}/{operation}": cases
    for context in CONTEXTS
    if context != "kernel"
    for operation, cases in import_module(f"tests.functions.{context}.arguments").HANDED_ON.items()
}


def test_every_handler_has_its_cases() -> None:
    handlers = {f"{path.parent.name}/{path.stem}" for path in FUNCTIONS.glob("*/*.py") if path.stem != "__init__"}

    assert handlers == CASES.keys() | WITHOUT_A_USE_CASE


@pytest.mark.parametrize(
    ("operation", "case"),
    [
        pytest.param(operation, case, id=f"{operation}-{number}")
        for operation, cases in CASES.items()
        for number, case in enumerate(cases)
    ],
)
def test_a_handler_hands_on_every_argument(operation: str, case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    for name in DatabaseSettings.variables():
        monkeypatch.setenv(name, "5432" if name == "DATABASE_PORT" else "")

    assert noted_calls(operation, case, monkeypatch) == list(case.calls)
