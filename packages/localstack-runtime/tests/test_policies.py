"""The interpreter of policies, and the decision that it leads to."""

import json
from typing import Any

import pytest

from localstack_runtime.authorization.decisions import Question, refusal
from localstack_runtime.authorization.policies import Request, UnknownElementError, allows

ACCOUNT = "000000000000"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/sender"
ROOT = f"arn:aws:iam::{ACCOUNT}:root"
QUEUE = f"arn:aws:sqs:us-east-1:{ACCOUNT}:orders"
KEY = f"arn:aws:kms:us-east-1:{ACCOUNT}:key/1"
RULE = f"arn:aws:events:us-east-1:{ACCOUNT}:rule/bus/placed"
EVENTS = ("Service", "events.amazonaws.com")


def policy(*statements: dict[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def statement(effect: str = "Allow", **elements: Any) -> dict[str, Any]:
    return {"Effect": effect, "Action": "sqs:SendMessage", "Resource": QUEUE, **elements}


def sends(
    *statements: dict[str, Any],
    action: str = "sqs:SendMessage",
    resource: str = QUEUE,
    **context: str | tuple[str, ...],
) -> bool:
    keys = {name.replace("_", ":", 1): value for name, value in context.items()}
    return allows([policy(*statements)], Request(("AWS", ROLE), action, resource, keys))


def asked(
    own: list[dict[str, Any]],
    attached: list[dict[str, Any]],
    principal: tuple[str, str] = ("AWS", ROLE),
    action: str = "sqs:SendMessage",
    resource: str = QUEUE,
    **context: str,
) -> str | None:
    keys = tuple((name.replace("_", ":", 1), value) for name, value in context.items())
    documents = (tuple(json.dumps(policy(each)) for each in group) for group in (own, attached))
    return refusal(Question(principal, action, resource, keys, *documents))


def test_only_the_named_action_on_the_named_resource_is_allowed() -> None:
    assert sends(statement())
    assert sends(statement(Action=["sqs:Other", "SQS:sendmessage"]))
    assert not sends(statement(), action="sqs:DeleteMessage")
    assert not sends(statement(), resource=QUEUE + "-dead")
    assert not sends(statement(), resource="x" + QUEUE)


@pytest.mark.parametrize("pattern", ["sqs:*", "*", "sqs:Send*", "sqs:Sen?Message"])
def test_stars_and_question_marks_are_wildcards_of_actions(pattern: str) -> None:
    assert sends(statement(Action=pattern))
    assert not sends(statement(Action="sqs:Send"))
    assert not sends(statement(Action="sqs:?"))


def test_a_point_or_a_bracket_in_a_pattern_is_no_wildcard() -> None:
    assert not sends(statement(Resource=QUEUE.replace("orders", "orde.s")))
    assert not sends(statement(Resource=QUEUE.replace("orders", "order[s]")))
    assert sends(statement(Resource=QUEUE.replace("orders", "*")))


def test_not_action_and_not_resource_match_all_others() -> None:
    others = {"Effect": "Allow", "NotAction": "sqs:DeleteQueue", "NotResource": QUEUE + "-dead"}
    assert sends(others)
    assert not sends(others, action="sqs:DeleteQueue")
    assert not sends(others, resource=QUEUE + "-dead")


def test_a_denial_wins_over_every_allowance() -> None:
    assert not sends(statement(), statement("Deny", Action="sqs:*"))
    assert sends(statement(), statement("Deny", Action="sqs:Delete*"))


@pytest.mark.parametrize(
    ("operator", "value", "fits", "differs"),
    [
        ("StringEquals", ["a", "b"], "b", "c"),
        ("StringNotEquals", "a", "b", "a"),
        ("StringLike", "al*", "alpha", "beta"),
        ("StringNotLike", "al*", "beta", "alpha"),
        ("ArnEquals", RULE, RULE, RULE + "d"),
        ("ArnLike", RULE.replace("placed", "*"), RULE, RULE.replace("rule", "archive")),
        ("ArnNotLike", RULE, RULE + "d", RULE),
        ("Bool", "true", "true", "false"),
        ("Bool", True, "true", "false"),
    ],
)
def test_a_statement_counts_only_if_its_condition_holds(operator: str, value: Any, fits: str, differs: str) -> None:
    conditional = statement(Condition={operator: {"AWS:SourceArn": value}})
    assert sends(conditional, aws_sourcearn=fits)
    assert not sends(conditional, aws_sourcearn=differs)


def test_all_conditions_of_a_statement_must_hold() -> None:
    both = statement(Condition={"StringEquals": {"aws:SourceAccount": "1"}, "Bool": {"aws:SecureTransport": "true"}})
    assert sends(both, aws_sourceaccount="1", aws_securetransport="true")
    assert not sends(both, aws_sourceaccount="1", aws_securetransport="false")
    assert not sends(both, aws_securetransport="true")


def test_a_key_that_the_request_lacks_fulfils_only_negations_and_if_exists() -> None:
    for operator, expected in {"StringEquals": False, "StringNotEquals": True, "StringEqualsIfExists": True}.items():
        assert sends(statement(Condition={operator: {"aws:SourceAccount": "1"}})) is expected


def test_each_of_a_key_s_values_must_fit() -> None:
    own = statement(Condition={"ForAllValues:StringLike": {"events:source": ["shop.*", "till"]}})
    assert sends(own, events_source=("shop.a", "shop.b", "till"))
    assert not sends(own, events_source=("shop.a", "bank"))
    others = statement("Deny", Condition={"ForAllValues:StringNotEquals": {"events:source": "shop"}})
    assert not sends(statement(), others, events_source=("bank", "till"))
    assert sends(statement(), others, events_source=("bank", "shop"))


def test_no_value_at_all_is_told_from_one_that_fits() -> None:
    fits = {"ForAllValues:StringEquals": {"events:source": "shop"}}
    present = {**fits, "Null": {"events:source": False}}
    assert sends(statement(Condition=fits))
    assert sends(statement(Condition=fits), events_source=())
    assert not sends(statement(Condition=present))
    assert not sends(statement(Condition=present), events_source=())
    assert sends(statement(Condition={"Null": {"events:source": "true"}}))
    assert sends(statement(Condition={"Null": {"events:source": "true"}}), events_source=())
    assert sends(statement(Condition=present), events_source=("shop",))
    assert not sends(statement(Condition={"Null": {"events:source": "true"}}), events_source=("shop",))


def test_several_values_are_compared_by_no_operator_of_a_single_one() -> None:
    with pytest.raises(UnknownElementError, match="events:source, which has several values"):
        sends(statement(Condition={"StringEquals": {"events:source": "shop"}}), events_source=("shop",))


def test_an_arn_is_compared_part_by_part() -> None:
    everywhere = statement(Condition={"ArnLike": {"aws:SourceArn": "arn:aws:events:*:rule/bus/placed"}})
    assert not sends(everywhere, aws_sourcearn=RULE)


@pytest.mark.parametrize(
    "strange",
    [
        statement(Condition={"ForAnyValue:StringEquals": {"aws:SourceArn": RULE}}),
        statement(Condition={"ForAllValues:Null": {"aws:SourceArn": "true"}}),
        statement(Condition={"IpAddress": {"aws:SourceArn": "10.0.0.0/8"}}),
        statement(Condition={"StringNotEquals": {"aws:SourceVpce": "vpce-1"}}),
        statement(NotPrincipal={"AWS": ROLE}),
        statement(Resource="arn:aws:sqs:*:*:${aws:username}"),
    ],
)
def test_what_is_not_known_is_refused_loudly(strange: dict[str, Any]) -> None:
    with pytest.raises(UnknownElementError):
        sends(statement(), strange)


def test_a_role_needs_an_allowance_in_its_own_policies_or_in_the_resource_s() -> None:
    assert asked([], []) == "because no identity-based policy allows the sqs:SendMessage action"
    assert asked([statement()], []) is None
    assert asked([], [statement(Principal={"AWS": ROLE})]) is None
    assert asked([], [statement(Principal={"AWS": ROLE + "2"})])


def test_a_denial_of_either_side_is_final_and_said_so() -> None:
    open_door = statement(Principal="*")
    assert asked([statement(), statement("Deny")], []) == "with an explicit deny in an identity-based policy"
    assert asked([statement("Deny")], [open_door]) == "with an explicit deny in an identity-based policy"
    denial = statement("Deny", Principal={"AWS": ROOT})
    assert asked([statement()], [denial]) == "with an explicit deny in a resource-based policy"


@pytest.mark.parametrize("everybody", ["*", {"AWS": "*"}])
def test_everybody_includes_services(everybody: Any) -> None:
    service = ("Service", "cloudfront.amazonaws.com")
    assert asked([], [statement(Principal=everybody)], service) is None
    allowed = statement(Principal={"Service": service[1]})
    assert asked([], [allowed], service) is None
    assert asked([], [allowed, statement("Deny", Principal=everybody)], service)


def test_a_resource_that_names_the_account_leaves_the_decision_to_the_role() -> None:
    assert asked([], [statement(Principal={"AWS": ROOT})])
    assert asked([], [statement(Principal={"AWS": ACCOUNT})])
    assert asked([statement()], [statement(Principal={"AWS": ROOT})]) is None


def test_an_identity_policy_opens_a_key_only_if_the_key_trusts_the_account() -> None:
    own = statement(Action="kms:Decrypt", Resource=KEY)
    of_the_key = statement(Action="kms:*", Resource="*", Principal={"AWS": ROOT})
    assert asked([own], [of_the_key], action="kms:Decrypt", resource=KEY) is None
    assert asked([own], [], action="kms:Decrypt", resource=KEY)
    assert asked([], [of_the_key], action="kms:Decrypt", resource=KEY)
    elsewhere = {**of_the_key, "Principal": {"AWS": "arn:aws:iam::999999999999:root"}}
    assert asked([own], [elsewhere], action="kms:Decrypt", resource=KEY)


def test_a_service_needs_the_resource_s_policy_and_its_condition() -> None:
    door = statement(Principal={"Service": "events.amazonaws.com"}, Condition={"ArnEquals": {"aws:SourceArn": RULE}})
    assert asked([], [door], EVENTS, aws_sourcearn=RULE) is None
    assert asked([], [door], EVENTS, aws_sourcearn=RULE + "2")
    assert asked([], [door], ("Service", "sns.amazonaws.com"), aws_sourcearn=RULE)
    assert asked([], [], EVENTS) == "because no resource-based policy allows the sqs:SendMessage action"


def test_a_changed_policy_changes_the_answer() -> None:
    assert asked([statement()], []) is None
    assert asked([statement(Resource=QUEUE + "-dead")], [])
    assert asked([statement()], []) is None
