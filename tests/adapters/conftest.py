import pytest

from tests.adapters.announced import check_every_sweep


@pytest.fixture(autouse=True)
def nothing_is_done_that_a_sweep_could_have_slept_on(monkeypatch: pytest.MonkeyPatch) -> None:
    check_every_sweep(monkeypatch)
