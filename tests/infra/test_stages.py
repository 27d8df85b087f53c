"""All stages have the same stacks, with other values."""

from collections import Counter
from collections.abc import Callable

import pytest

from infra.stages import ON_AWS, STAGES, StageSettingError, UnknownStageError, stage_of
from tests.infra.synthesis import Synthesis

STACKS = {"layers", "network", "data", "messaging", "kernel", "identity", "api", "alarms"}


def test_every_stage_has_the_same_stacks(synthesis: Callable[[str], Synthesis]) -> None:
    names = [{name.removeprefix(f"RideFlow-{stage}-") for name in synthesis(stage).templates} for stage in STAGES]

    assert names[0] == names[1] == names[2]
    assert names[0] >= STACKS


def test_a_laptop_gets_the_resources_that_production_gets(prod: Synthesis, local: Synthesis) -> None:
    on_aws, here = (Counter(each.type for each in stage.resources) for stage in (prod, local))

    assert not here - on_aws
    assert on_aws - here == {
        "AWS::WAFv2::WebACL": 1,
        "AWS::WAFv2::WebACLAssociation": 1,
        "AWS::RDS::DBInstance": 1,
        "AWS::XRay::SamplingRule": 1,
        "AWS::CloudWatch::Alarm": 3
        * (3 * 2 - 1),  # three for each node of Redis: three shards with a replica, and one node
    }


def test_no_stack_comes_near_the_limit_of_500_resources(each_stage: Synthesis) -> None:
    assert max(len(template.get("Resources", {})) for template in each_stage.templates.values()) < 400


def test_nothing_is_made_that_needs_a_node_function(each_stage: Synthesis) -> None:
    runtimes = {function.properties["Runtime"] for function in each_stage.of_type("AWS::Lambda::Function")}
    custom = {each.type for each in each_stage.resources if each.type.startswith("Custom::")}

    assert runtimes == {"python3.13"}
    assert custom == {"Custom::Migrations"}


def test_no_policy_allows_every_action_of_a_service(each_stage: Synthesis) -> None:
    for policy in each_stage.of_type("AWS::IAM::Policy"):
        for statement in policy.properties["PolicyDocument"]["Statement"]:
            actions = statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
            assert not [action for action in actions if action.endswith(":*") or action == "*"]


def test_the_local_stage_takes_its_addresses_from_the_context() -> None:
    context = {"stage": "local", "endpoint_url": "http://127.0.0.1:1", "stripe_api_base": "http://127.0.0.1:2"}
    stage = stage_of(context.get)

    assert (stage.endpoint_url, stage.stripe_api_base) == ("http://127.0.0.1:1", "http://127.0.0.1:2")


def test_the_owner_of_the_account_sets_the_sender_of_codes_for_each_stage() -> None:
    told = {"prod": {"email_from": "rides@example.com"}}

    assert stage_of({"stage": "prod", "stages": told}.get).email_from == "rides@example.com"
    assert stage_of({"stage": "dev", "stages": told}.get).email_from is None


@pytest.mark.parametrize(
    ("told", "fault"),
    [({"email_from": "rides"}, "no e-mail address"), ({"email_form": "rides@example.com"}, "it can set: email_from")],
)
def test_what_cannot_be_set_is_said(told: dict[str, str], fault: str) -> None:
    with pytest.raises(StageSettingError, match=fault):
        stage_of({"stage": "prod", "stages": {"prod": told}}.get)


def test_addresses_of_the_local_stage_never_reach_aws() -> None:
    stage = stage_of({"stage": "prod", "endpoint_url": "http://127.0.0.1:1"}.get)

    assert stage.endpoint_url is None


def test_an_unknown_stage_is_refused() -> None:
    with pytest.raises(UnknownStageError, match="'staging' is none of local, dev, prod"):
        stage_of({"stage": "staging"}.get)


@pytest.mark.parametrize("stage", ON_AWS)
def test_real_cars_and_addresses_have_real_limits(synthesis: Callable[[str], Synthesis], stage: str) -> None:
    """A laptop plays rides faster than cars drive, and all of its riders have one address."""
    settings = {
        key: function.properties["Environment"]["Variables"]
        for key, function in synthesis(stage).functions.items()
        if "Environment" in function.properties
    }

    speeds = {each["SUPPLY_MAX_SPEED_MPS"] for each in settings.values() if "SUPPLY_MAX_SPEED_MPS" in each}
    assert speeds == {"60"}
    factors = {each["GUARDS_ADDRESS_FACTOR"] for each in settings.values() if "GUARDS_ADDRESS_FACTOR" in each}
    assert factors == {"1"}
