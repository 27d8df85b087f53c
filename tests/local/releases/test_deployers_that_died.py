"""A deployer that died between two calls: the next goes on, or takes back."""

from __future__ import annotations

import pytest

from local.releases.deployer import Plan
from tests.local.lambdas import AT_ONCE, NOTHING, ONE, PLAN, THREE, TWO, Cloud, DiedError, all_at


@pytest.mark.parametrize("updates", range(1, 9))
def test_a_deployer_that_died_anywhere_is_followed_by_one_that_goes_on(second: Cloud, updates: int) -> None:
    second.lambda_.dies_after = updates
    with pytest.raises(DiedError):
        second.deployer().release()
    given = [max(weights.values(), default=1) for _, _, weights in second.lambda_.updates]
    second.lambda_.dies_after = None
    second.lambda_.updates.clear()

    assert second.deployer().release() == TWO

    assert second.live() == all_at(TWO)
    assert second.weights() == NOTHING
    less = [part for _, _, weights in second.lambda_.updates for part in weights.values() if part < max(given)]
    assert not less, "a part that was judged good is taken away again"
    assert second.deployer().rollback() == ONE
    assert second.live() == all_at(ONE)


@pytest.mark.parametrize("updates", [7, 8])
def test_a_deployer_that_died_while_all_calls_moved_is_followed_by_one_that_judges_no_part_again(
    second: Cloud, updates: int
) -> None:
    second.lambda_.dies_after = updates
    with pytest.raises(DiedError):
        second.deployer().release()
    second.lambda_.dies_after = None
    died_at = second.clock

    assert second.deployer().release() == TWO

    assert second.clock == died_at


@pytest.mark.parametrize("plan", [PLAN, AT_ONCE])
@pytest.mark.parametrize("updates", range(1, 9))
def test_a_deployer_that_died_anywhere_is_followed_by_a_rollback(cloud: Cloud, updates: int, plan: Plan) -> None:
    """With a release before the former one: nobody falls back two."""
    cloud.released(ONE)
    cloud.released(TWO)
    cloud.deploy(THREE)
    cloud.lambda_.dies_after = min(updates, 3 * len(plan.percents) - 1)
    with pytest.raises(DiedError):
        cloud.deployer(plan).release()
    cloud.lambda_.dies_after = None

    assert cloud.deployer().rollback() == TWO

    assert cloud.live() == all_at(TWO)
    assert cloud.weights() == NOTHING


@pytest.mark.parametrize("updates", [1, 2])
def test_a_rollback_that_died_is_finished_by_another(second: Cloud, updates: int) -> None:
    second.deployer().release()
    second.lambda_.dies_after = updates
    with pytest.raises(DiedError):
        second.deployer().rollback()
    second.lambda_.dies_after = None

    assert second.deployer().rollback() == ONE
    assert second.live() == all_at(ONE)


@pytest.mark.parametrize("updates", range(1, 3))
def test_a_rollback_that_died_while_a_release_was_arriving_is_finished_by_another(cloud: Cloud, updates: int) -> None:
    cloud.released(ONE)
    cloud.released(TWO)
    cloud.deploy(THREE)
    for dies_after, act in ((7, cloud.deployer().release), (updates, cloud.deployer().rollback)):
        cloud.lambda_.dies_after = dies_after
        with pytest.raises(DiedError):
            act()
    cloud.lambda_.dies_after = None

    assert cloud.deployer().rollback() == TWO
    assert cloud.live() == all_at(TWO)
