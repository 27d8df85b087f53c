"""No scheduled function is left out when sweeps are asked what is ahead of them."""

from local.paths import ROOT
from tests.adapters.announced import CHECKED_ELSEWHERE, EVERY_SWEEP


def test_every_function_that_may_sleep_is_checked() -> None:
    functions = ROOT / "functions"
    scheduled = {
        str(path.relative_to(functions).with_suffix(""))
        for path in functions.rglob("*.py")
        if "\napp = scheduled(" in (code := path.read_text(encoding="utf-8")) and "ahead=None" not in code
    }

    assert {each.function for each in EVERY_SWEEP} | CHECKED_ELSEWHERE.keys() == scheduled


def test_what_is_checked_elsewhere_is() -> None:
    for function, test in CHECKED_ELSEWHERE.items():
        assert function.rpartition("/")[2] in (ROOT / test).read_text(encoding="utf-8")
