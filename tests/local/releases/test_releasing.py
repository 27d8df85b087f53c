"""Releases: all functions move together, in judged steps, and back."""

from __future__ import annotations

import pytest

from local.releases.functions import ReleaseError, SomebodyElseError
from tests.local.lambdas import (
    NAMES,
    NOTHING,
    ONE,
    OTHER,
    OTHER_ROLE,
    PLAN,
    STARTER,
    STEP,
    THREE,
    TWO,
    Cloud,
    DiedError,
    all_at,
)


def test_a_first_deploy_is_live_as_it_is_and_its_sagas_find_their_steps(cloud: Cloud) -> None:
    cloud.deploy(ONE)

    assert cloud.deployer().release() == ONE
    assert cloud.live() == all_at(ONE)
    assert cloud.step_releases() == {ONE: ONE}
    assert cloud.lambda_.updates == []


def test_what_is_deployed_answers_nobody_before_it_is_released(second: Cloud) -> None:
    assert second.live() == all_at(ONE)
    assert second.deployer().standing().release == ONE


def test_a_release_gets_its_parts_of_all_calls_one_after_the_other(second: Cloud) -> None:
    assert second.deployer().release() == TWO

    given = [list(weights.values()) for _, _, weights in second.lambda_.updates[:9]]
    assert given == [[0.05]] * 3 + [[0.25]] * 3 + [[]] * 3
    assert [name for name, _, _ in second.lambda_.updates[:9]] == sorted(NAMES) * 3
    assert second.live() == all_at(TWO)
    assert second.weights() == NOTHING


def test_each_part_but_the_last_is_judged_for_its_time(second: Cloud) -> None:
    begun = second.clock

    second.deployer().release()

    assert second.clock - begun == 2 * PLAN.judged_for


def test_released_again_nothing_moves(second: Cloud) -> None:
    second.deployer().release()
    second.lambda_.updates.clear()

    assert second.deployer().release() == TWO
    assert second.lambda_.updates == []


def test_a_saga_that_began_before_the_release_finds_its_own_versions_to_its_end(second: Cloud) -> None:
    second.deployer().release()

    assert second.step_releases() == {ONE: ONE, TWO: TWO}


def test_a_new_release_can_be_called_by_sagas_before_it_gets_any_calls(second: Cloud) -> None:
    second.lambda_.dies_after = 0
    with pytest.raises(DiedError):
        second.deployer().release()

    assert second.step_releases() == {ONE: ONE, TWO: TWO}


def test_a_rollback_goes_to_the_release_before_and_no_further(second: Cloud) -> None:
    second.deployer().release()

    assert second.deployer().way_back().to == ONE
    assert second.deployer().rollback() == ONE
    assert second.live() == all_at(ONE)
    with pytest.raises(ReleaseError, match=f"no release to go back to: {ONE}"):
        second.deployer().rollback()
    assert second.live() == all_at(ONE)


def test_there_is_nothing_to_go_back_to_after_a_first_deploy(cloud: Cloud) -> None:
    cloud.deploy(ONE)
    cloud.deployer().release()

    with pytest.raises(ReleaseError, match="no release to go back to"):
        cloud.deployer().rollback()


def test_a_release_that_was_taken_back_can_be_mended_by_the_next(second: Cloud) -> None:
    second.deployer().release()
    second.deployer().rollback()
    second.deploy(THREE)

    assert second.deployer().release() == THREE
    assert second.live() == all_at(THREE)
    assert second.deployer().rollback() == ONE


def test_a_function_that_a_release_brings_stays_when_the_others_go_back(cloud: Cloud) -> None:
    cloud.deploy(ONE, [STEP, STARTER])
    cloud.deployer().release()
    cloud.deploy(TWO)
    assert cloud.deployer().release() == TWO

    assert cloud.deployer().rollback() == ONE
    assert cloud.live() == {STEP: ONE, STARTER: ONE, OTHER: TWO}


def test_another_setting_under_the_same_name_arrives_and_a_rollback_passes_it_over(second: Cloud) -> None:
    """A variable that refers to a resource changes with it, without a change of the template."""
    second.deployer().release()
    second.deploy(TWO, [OTHER], variables={"TABLE": "another"})

    second.deployer().release()

    version = second.lambda_.get_alias(FunctionName=OTHER, Name="live")["FunctionVersion"]
    told = second.lambda_.get_function(FunctionName=OTHER, Qualifier=version)["Configuration"]
    assert told["Environment"]["Variables"]["TABLE"] == "another"
    assert second.deployer().rollback() == ONE
    assert second.live() == all_at(ONE)


def test_another_deployer_is_noticed_before_anything_is_overwritten(second: Cloud) -> None:
    def another() -> None:
        alias = second.lambda_.get_alias(FunctionName=STARTER, Name="live")
        told = {"FunctionName": STARTER, "Name": "live", "FunctionVersion": alias["FunctionVersion"]}
        second.lambda_.update_alias(**told, Description="mine", RevisionId=alias["RevisionId"])

    second.meanwhile = [another]

    with pytest.raises(SomebodyElseError, match=STARTER):
        second.deployer().release()
    assert second.lambda_.get_alias(FunctionName=STARTER, Name="live")["Description"] == "mine"


def test_an_update_whose_answer_was_lost_is_no_other_deployer(second: Cloud) -> None:
    second.lambda_.loses = 2

    assert second.deployer().release() == TWO
    assert second.live() == all_at(TWO)


def test_a_deploy_while_another_release_is_on_its_way_is_refused(second: Cloud) -> None:
    second.lambda_.dies_after = 4
    with pytest.raises(DiedError):
        second.deployer().release()
    second.lambda_.dies_after = None
    second.deploy(THREE)

    with pytest.raises(ReleaseError, match=f"{TWO} is on its way, and {THREE} was deployed"):
        second.deployer().release()
    assert second.deployer().standing().percent == 25
    assert second.deployer().rollback() == ONE
    assert second.deployer().release() == THREE


def test_a_deploy_that_is_not_complete_is_not_released(second: Cloud) -> None:
    second.deploy(THREE, [STEP])

    with pytest.raises(ReleaseError, match="not complete: there are 2 functions of"):
        second.deployer().release()
    assert second.live() == all_at(ONE)


def test_a_stage_without_functions_is_told(cloud: Cloud) -> None:
    with pytest.raises(ReleaseError, match="Nothing of this stage is deployed"):
        cloud.deployer().release()


def test_a_function_with_another_role_moves_in_the_last_step_at_once(cloud: Cloud) -> None:
    """Lambda divides the calls of an alias only between versions of one role."""
    cloud.released(ONE)
    cloud.deploy(TWO, role=OTHER_ROLE)
    seen: list[dict[str, dict[str, float]]] = []
    cloud.meanwhile = [lambda: seen.append(cloud.weights())]

    assert cloud.deployer().release() == TWO

    assert seen == [{STEP: {TWO: 0.05}, STARTER: {TWO: 0.05}, OTHER: {}}]
    assert cloud.live() == all_at(TWO)
