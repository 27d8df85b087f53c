"""Each stage is synthesised once for all tests of this folder."""

from collections.abc import Callable

import pytest

import infra  # noqa: F401 - points jsii at Node before `aws_cdk` starts it
from infra.stages import STAGES
from tests.infra.synthesis import Synthesis, synthesise


@pytest.fixture(scope="session")
def synthesis(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Synthesis]:
    """The templates of a stage by its name."""
    done: dict[str, Synthesis] = {}

    def of(stage: str) -> Synthesis:
        if stage not in done:
            done[stage] = synthesise(stage, tmp_path_factory.mktemp(stage))
        return done[stage]

    return of


@pytest.fixture(scope="session")
def prod(synthesis: Callable[[str], Synthesis]) -> Synthesis:
    return synthesis("prod")


@pytest.fixture(scope="session")
def local(synthesis: Callable[[str], Synthesis]) -> Synthesis:
    return synthesis("local")


@pytest.fixture(scope="session", params=list(STAGES))
def each_stage(request: pytest.FixtureRequest, synthesis: Callable[[str], Synthesis]) -> Synthesis:
    return synthesis(request.param)
