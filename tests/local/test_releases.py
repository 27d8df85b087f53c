"""Releases: all functions move together, in judged steps; a deployer that died, a rollback, another deployer."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from botocore.exceptions import EndpointConnectionError

from local.releases.cleaning import Cleaning
from local.releases.deployer import Plan, RejectedError
from local.releases.functions import ReleaseError, SomebodyElseError
from local.releases.records import Record
from local.releases.sagas import LONGEST_SAGA
from tests.local.lambdas import NAMES, OTHER, OTHER_ROLE, PLAN, STARTER, STEP, Cloud, DiedError, empty_cloud
from tests.workflows.engine import WORKFLOWS, definition

AT_ONCE = Plan((100,))
NOTHING: dict[str, dict[str, float]] = {name: {} for name in NAMES}
ONE, TWO, THREE = "r-000000000001", "r-000000000002", "r-000000000003"


@pytest.fixture
def cloud() -> Iterator[Cloud]:
    with empty_cloud() as made:
        yield made


@pytest.fixture
def second(cloud: Cloud) -> Cloud:
    """ONE is live, and TWO is deployed."""
    cloud.released(ONE)
    cloud.deploy(TWO)
    return cloud


def all_at(release: str) -> dict[str, str]:
    return dict.fromkeys(NAMES, release)


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


class TestJudging:
    """While a part of the calls goes to the new release."""

    def test_a_new_alarm_takes_the_release_back(self, second: Cloud) -> None:
        second.meanwhile = [lambda: second.raise_alarm("rideflow-prod-api-errors")]

        with pytest.raises(RejectedError, match="at 5 %: the alarm rideflow-prod-api-errors is raised"):
            second.deployer().release()
        assert second.live() == all_at(ONE)
        assert second.weights() == NOTHING
        assert second.deployer().standing().on_the_way is None

    def test_an_alarm_of_before_and_another_stages_do_not(self, cloud: Cloud) -> None:
        """The release may be the one that mends it."""
        cloud.released(ONE)
        cloud.raise_alarm("rideflow-prod-api-errors")
        cloud.clock += timedelta(seconds=1)
        cloud.deploy(TWO)
        cloud.meanwhile = [lambda: cloud.raise_alarm("rideflow-dev-api-errors", of="rideflow-dev-rest")]

        assert cloud.deployer().release() == TWO

    def test_an_alarm_of_before_does_not_stop_a_deployer_that_goes_on(self, cloud: Cloud) -> None:
        cloud.released(ONE)
        cloud.raise_alarm("rideflow-prod-api-errors")
        cloud.clock += timedelta(minutes=1)
        cloud.deploy(TWO)
        cloud.clock += timedelta(minutes=1)
        cloud.lambda_.dies_after = 2
        with pytest.raises(DiedError):
            cloud.deployer().release()
        cloud.lambda_.dies_after = None

        assert cloud.deployer().release() == TWO

    def test_an_alarm_that_the_deploy_has_raised_takes_the_release_back(self, second: Cloud) -> None:
        """A migration or a right that is gone hurts callers while nothing is released yet."""
        second.raise_alarm("rideflow-prod-api-errors")
        second.clock += timedelta(minutes=5)

        with pytest.raises(RejectedError, match="at 5 %: the alarm rideflow-prod-api-errors is raised"):
            second.deployer().release()
        assert second.live() == all_at(ONE)

    def test_so_does_one_that_was_raised_before_the_deploy_reached_a_function(self, cloud: Cloud) -> None:
        cloud.released(ONE)
        began = cloud.clock
        cloud.raise_alarm("rideflow-prod-api-errors")
        cloud.clock += timedelta(minutes=5)
        cloud.deploy(TWO)

        with pytest.raises(RejectedError, match="the alarm rideflow-prod-api-errors is raised"):
            cloud.deployer().release(began)

    def test_functions_that_a_former_deploy_changed_do_not_tell_when_this_one_began(self, second: Cloud) -> None:
        second.deployer().release()
        second.raise_alarm("rideflow-prod-api-errors")
        second.clock += timedelta(minutes=1)
        second.deploy(TWO, [OTHER], variables={"TABLE": "another"})

        assert second.deployer().release() == TWO

    @pytest.mark.parametrize("of", ["", "rideflow"])
    def test_an_alarm_that_another_stage_of_the_account_may_have_raised_does_not(self, second: Cloud, of: str) -> None:
        second.meanwhile = [lambda: second.raise_alarm("rideflow-prod-functions-failing", of=of)]

        assert second.deployer().release() == TWO

    def test_an_alarm_of_a_release_whose_deployer_died_is_its_own(self, second: Cloud) -> None:
        second.lambda_.dies_after = 3
        with pytest.raises(DiedError):
            second.deployer().release()
        second.lambda_.dies_after = None
        second.raise_alarm("rideflow-prod-api-errors")

        with pytest.raises(RejectedError, match="at 5 %: the alarm rideflow-prod-api-errors is raised"):
            second.deployer().release()

    def test_a_version_that_fails_more_often_than_the_old_one_takes_the_release_back(self, second: Cloud) -> None:
        def fails() -> None:
            second.calls(STARTER, "1", calls=1000, errors=10)
            second.calls(STARTER, "2", calls=50, errors=4)

        second.meanwhile = [fails]

        with pytest.raises(RejectedError, match=f"{STARTER} fails in 8.0% of its calls, the old version in 1.0%"):
            second.deployer().release()
        assert second.live() == all_at(ONE)

    @pytest.mark.parametrize(("calls", "errors"), [(50, 2), (400, 8), (1000, 0)])
    def test_one_that_fails_no_more_often_or_hardly_ever_does_not(self, second: Cloud, calls: int, errors: int) -> None:
        def fails() -> None:
            second.calls(STARTER, "1", calls=1000, errors=10)
            second.calls(STARTER, "2", calls=calls, errors=errors)

        second.meanwhile = [fails]

        assert second.deployer().release() == TWO

    def test_errors_of_many_functions_count_together(self, second: Cloud) -> None:
        def fails() -> None:
            for name in NAMES:
                second.calls(name, "1", calls=1000, errors=0)
                second.calls(name, "2", calls=50, errors=2)

        second.meanwhile = [fails]

        with pytest.raises(RejectedError, match=r"6 of 150 calls failed, of the old versions 0\.0%"):
            second.deployer().release()

    def test_a_release_is_judged_at_every_part(self, second: Cloud) -> None:
        looks_at_5 = int(PLAN.judged_for.total_seconds()) // 30
        second.meanwhile = [lambda: None] * looks_at_5 + [lambda: second.raise_alarm("rideflow-prod-api-errors")]

        with pytest.raises(RejectedError, match="at 25 %"):
            second.deployer().release()
        assert second.live() == all_at(ONE)


class TestCleaning:
    """Versions and names that nothing can need any more are deleted."""

    def test_a_release_stays_while_a_saga_of_it_may_run(self, cloud: Cloud) -> None:
        for number in range(1, 6):
            cloud.released(f"r-{number}")
            cloud.clock += timedelta(hours=1)

        assert cloud.step_releases() == {f"r-{number}": f"r-{number}" for number in range(1, 6)}

    def test_older_ones_are_deleted_but_for_three_and_the_first_version_which_the_template_knows(
        self, cloud: Cloud
    ) -> None:
        for number in range(1, 7):
            cloud.released(f"r-{number}")
            cloud.clock += LONGEST_SAGA + timedelta(hours=1)

        assert set(cloud.step_releases()) == {"r-6", "r-5", "r-4"}
        assert [cloud.versions(name) for name in NAMES] == [["1", "4", "5", "6"]] * 3
        assert cloud.deployer().rollback() == "r-5"

    def test_a_release_that_came_back_is_needed_again(self, cloud: Cloud) -> None:
        cloud.released("r-1")
        cloud.released("r-2")
        cloud.deployer().rollback()
        cloud.clock += 2 * LONGEST_SAGA
        for number in (3, 4, 5):
            cloud.released(f"r-{number}")

        assert set(cloud.step_releases()) == {"r-1", "r-3", "r-4", "r-5"}, "sagas of r-1 began until a moment ago"

    @pytest.mark.parametrize("error", [SomebodyElseError("other"), EndpointConnectionError(endpoint_url="https://a")])
    def test_one_that_fails_makes_no_good_release_fail_and_is_told(
        self, second: Cloud, monkeypatch: pytest.MonkeyPatch, error: Exception
    ) -> None:
        def fail(*_: object) -> None:
            raise error

        deployer = second.deployer()
        with monkeypatch.context() as patched:
            patched.setattr(Cleaning, "mark", fail)
            assert deployer.release() == TWO
            assert second.live() == all_at(TWO)
            assert deployer.rollback() == ONE
        assert [str(error) in warning for warning in deployer.warnings] == [True, True]

    def test_it_is_made_up_for_by_a_release_that_moves_nothing(self, cloud: Cloud) -> None:
        for number in range(1, 5):
            cloud.released(f"r-{number}")
            cloud.clock += timedelta(hours=1)
        cloud.clock += LONGEST_SAGA + timedelta(hours=1)
        assert "r-1" in cloud.step_releases()

        cloud.deployer().release()

        assert set(cloud.step_releases()) == {"r-4", "r-3", "r-2"}


def test_no_saga_lasts_longer_than_its_release_is_kept() -> None:
    lasting = [definition(path.name.removesuffix(".asl.json"))["TimeoutSeconds"] for path in WORKFLOWS.glob("*.json")]

    assert max(lasting) <= LONGEST_SAGA.total_seconds()


def test_a_record_fits_into_a_description_and_comes_back() -> None:
    record = Record(ONE).followed_by(TWO, "123456").towards(THREE)

    assert Record.parse(record.text()) == record
    assert len(record.text()) <= 256
    assert Record.parse("made by CloudFormation") is None
    assert Record.parse("") is None
