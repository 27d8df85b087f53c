"""Several people at one stage: rollbacks that are repeated, or meet a release; deploys beside a release; leftovers."""

from __future__ import annotations

import pytest

from local.releases.deployer import Plan, RejectedError
from local.releases.functions import ReleaseError, SomebodyElseError
from tests.local.lambdas import AT_ONCE, NAMES, NOTHING, ONE, PLAN, STEP, THREE, TWO, Cloud, DiedError, all_at


class TestRollingBackOnce:
    """A second rollback takes no good release back: by a second operator, after Ctrl-C, after the judge."""

    @pytest.fixture
    def third(self, cloud: Cloud) -> Cloud:
        """ONE was live before TWO, which is live, and THREE gets a quarter of the calls."""
        cloud.released(ONE)
        cloud.released(TWO)
        cloud.deploy(THREE)
        cloud.lambda_.dies_after = 6
        with pytest.raises(DiedError):
            cloud.deployer().release()
        cloud.lambda_.dies_after = None
        return cloud

    def test_the_way_is_told_beforehand(self, third: Cloud) -> None:
        assert str(third.deployer().way_back()) == f"{THREE} -> {TWO}"
        third.deployer().rollback()
        assert str(third.deployer().way_back(further=True)) == f"{TWO} -> {ONE}"

    def test_after_a_rollback_there_is_nothing_left_to_take_back(self, third: Cloud) -> None:
        third.deployer().rollback()

        with pytest.raises(ReleaseError, match=f"{TWO} is live, and {THREE}, which was deployed last, has no calls"):
            third.deployer().rollback()
        assert third.live() == all_at(TWO)

    def test_nor_is_there_after_the_judge_took_it_back(self, cloud: Cloud) -> None:
        cloud.released(ONE)
        cloud.released(TWO)
        cloud.deploy(THREE)
        cloud.meanwhile = [lambda: cloud.raise_alarm("rideflow-prod-api-errors")]
        with pytest.raises(RejectedError):
            cloud.deployer().release()

        with pytest.raises(ReleaseError, match="Nothing is left to take back"):
            cloud.deployer().rollback()
        assert cloud.live() == all_at(TWO)

    def test_two_operators_who_agreed_to_the_same_way_go_it_once(self, third: Cloud) -> None:
        ways = [third.deployer().way_back() for _ in range(2)]

        assert [third.deployer().rollback(way) for way in ways] == [TWO, TWO]
        assert third.live() == all_at(TWO)

    def test_further_back_is_a_wish_of_its_own(self, third: Cloud) -> None:
        third.deployer().rollback()

        assert third.deployer().rollback(third.deployer().way_back(further=True)) == ONE
        assert third.live() == all_at(ONE)

    @pytest.mark.parametrize("further", [False, True])
    def test_with_a_release_before_it_what_is_live_goes_back_unasked(self, second: Cloud, *, further: bool) -> None:
        second.deployer().release()

        assert str(second.deployer().way_back(further=further)) == f"{TWO} -> {ONE}"


class TestAtTheSameTime:
    """A rollback while a release gives calls: all functions end on the former release."""

    @pytest.mark.parametrize("plan", [PLAN, AT_ONCE])
    @pytest.mark.parametrize("at", range(1, 9))
    def test_a_rollback_wins_over_the_release_in_any_of_its_steps(self, cloud: Cloud, at: int, plan: Plan) -> None:
        cloud.released(ONE)
        cloud.released(TWO)
        cloud.deploy(THREE)
        at = min(at, 3 * len(plan.percents) - 1)

        def roll_back(update: int) -> None:
            if update == at:
                cloud.lambda_.before_update = lambda _: None
                cloud.deployer().rollback()

        cloud.lambda_.before_update = roll_back

        with pytest.raises(SomebodyElseError):
            cloud.deployer(plan).release()
        assert cloud.live() == all_at(TWO)
        assert cloud.weights() == NOTHING
        assert cloud.deployer().standing().on_the_way is None

    @pytest.mark.parametrize("at", range(3))
    def test_a_release_that_gives_on_during_a_rollback_is_taken_back_too(self, cloud: Cloud, at: int) -> None:
        """Its next call comes between two calls of the rollback, or just before one to the same function."""
        cloud.released(ONE)
        cloud.deploy(TWO)
        cloud.lambda_.dies_after = 3
        with pytest.raises(DiedError):
            cloud.deployer().release()
        cloud.lambda_.dies_after = None
        begun = len(cloud.lambda_.updates)

        def give(update: int) -> None:
            if update == begun + at:
                cloud.lambda_.before_update = lambda _: None
                functions = cloud.deployer().functions
                live = functions.all()[NAMES[at]].live
                assert live.record
                functions.move(live, live.version, {"2": 0.25}, live.record.towards(TWO))

        cloud.lambda_.before_update = give

        assert cloud.deployer().rollback() == ONE
        assert cloud.weights() == NOTHING
        assert cloud.deployer().standing().on_the_way is None

    def test_a_release_that_does_not_end_is_told(self, second: Cloud) -> None:
        second.lambda_.dies_after = 3
        with pytest.raises(DiedError):
            second.deployer().release()
        second.lambda_.dies_after = None
        functions = second.deployer().functions

        def give(update: int) -> None:
            second.lambda_.before_update = lambda _: None
            live = functions.all()[STEP].live
            assert live.record
            functions.move(live, live.version, {"2": 0.01 + update / 1000}, live.record.towards(TWO))
            second.lambda_.before_update = give

        second.lambda_.before_update = give

        with pytest.raises(SomebodyElseError, match="Stop that, and roll back again"):
            second.deployer().rollback()

    def test_two_releases_of_the_same_do_not_take_each_other_back(self, second: Cloud) -> None:
        second.lambda_.before_update = lambda update: release() if update == 4 else None

        def release() -> None:
            second.lambda_.before_update = lambda _: None
            second.deployer().release()

        with pytest.raises(SomebodyElseError, match="Somebody else moves"):
            second.deployer().release()
        assert second.live() == all_at(TWO)

    @pytest.mark.parametrize("variables", [{}, {"TABLE": "another"}])
    def test_what_somebody_deploys_meanwhile_is_not_published(self, second: Cloud, variables: dict[str, str]) -> None:
        """Also if the code and its release's name are the same, as when a layer or a table was replaced."""
        before = {name: second.versions(name) for name in NAMES}

        def deploy(_: str) -> None:
            second.lambda_.before_publishing = lambda _: None
            second.deploy(TWO if variables else THREE, variables=variables)

        second.lambda_.before_publishing = deploy

        with pytest.raises(SomebodyElseError, match=f"Somebody else deploys this stage: {STEP} has changed"):
            second.deployer().release()
        assert {name: second.versions(name) for name in NAMES} == before
        assert second.live() == all_at(ONE)

    def test_a_revision_that_changes_nothing_is_published(self, second: Cloud) -> None:
        second.lambda_.before_publishing = lambda name: second.lambda_.modify(name, second.clock)
        with pytest.raises(second.lambda_.exceptions.PreconditionFailedException):
            second.deployer().release()

        def once(name: str) -> None:
            second.lambda_.before_publishing = lambda _: None
            second.lambda_.modify(name, second.clock)

        second.lambda_.before_publishing = once
        assert second.deployer().release() == TWO
        assert second.live() == all_at(TWO)

    def test_a_version_of_another_release_is_refused(self, second: Cloud) -> None:
        functions = second.deployer().functions

        with pytest.raises(SomebodyElseError, match=f"{STEP} has changed"):
            functions.publish(functions.all()[STEP], THREE)


class TestAFunctionWithoutItsAlias:
    """A deploy or a removal that died has left it, or somebody made it by hand."""

    @pytest.fixture
    def third(self, second: Cloud) -> Cloud:
        second.deployer().release()
        second.create("rideflow-prod-by-hand", TWO, has_alias=False)
        return second

    def test_it_is_not_released(self, third: Cloud) -> None:
        with pytest.raises(ReleaseError, match="rideflow-prod-by-hand has no alias 'live'"):
            third.deployer().release()

    def test_it_stands_in_nobodys_way(self, third: Cloud) -> None:
        assert third.deployer().arriving() is None
        assert third.deployer().standing().release == TWO
        assert third.deployer().rollback() == ONE
        assert third.live() == all_at(ONE)

    def test_a_stage_of_nothing_else_is_empty(self, cloud: Cloud) -> None:
        cloud.create("rideflow-prod-by-hand", ONE, has_alias=False)

        assert cloud.deployer().arriving() is None
        with pytest.raises(ReleaseError, match="Nothing of this stage is deployed"):
            cloud.deployer().rollback()
