from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cluster.nodes import Cluster, six_nodes


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    """Six nodes of the test's own, so that failures reach no other test."""
    with six_nodes(tmp_path / "redis") as nodes:
        yield nodes
