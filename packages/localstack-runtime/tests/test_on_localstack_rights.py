"""Rights on a running LocalStack: what neither a role nor a resource allows is refused."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from deployed_cloud import Cloud
from rights import ACCOUNT, Worker, arn, bodies, client_of, refused, url_of
from template_parts import allow, policy

pytestmark = pytest.mark.e2e


def test_a_function_without_a_grant_is_refused_in_the_words_of_aws_and_with_it_passes(cloud: Cloud, queue: str) -> None:
    url, echo, iam = url_of(cloud, queue), cloud.outputs["Echo"], cloud.client("iam")
    found = cloud.invoke("Echo", {})["environment"]
    names = {"AccessKeyId": "ACCESS_KEY_ID", "SecretAccessKey": "SECRET_ACCESS_KEY", "SessionToken": "SESSION_TOKEN"}
    sqs = client_of({name: found[f"AWS_{variable}"] for name, variable in names.items()}, "sqs", cloud.url)

    with pytest.raises(ClientError) as raised:
        sqs.send_message(QueueUrl=url, MessageBody="no")
    error = raised.value.response
    assert (error["Error"]["Code"], error["ResponseMetadata"]["HTTPStatusCode"]) == ("AccessDenied", 403)
    assert error["Error"]["Message"] == (
        f"User: arn:aws:sts::{ACCOUNT}:assumed-role/{cloud.outputs['Role']}/{echo} is not authorized to perform: "
        f"sqs:SendMessage on resource: {arn('sqs', queue)} because no identity-based policy allows the sqs:SendMessage "
        "action"
    )

    grant = json.dumps(policy(allow("sqs:SendMessage", arn("sqs", queue))))
    iam.put_role_policy(RoleName=cloud.outputs["Role"], PolicyName="more", PolicyDocument=grant)
    sqs.send_message(QueueUrl=url, MessageBody="yes")
    iam.delete_role_policy(RoleName=cloud.outputs["Role"], PolicyName="more")
    with refused("sqs:SendMessage"):
        sqs.send_message(QueueUrl=url, MessageBody="no more")


def test_a_managed_policy_counts_as_an_inline_one(cloud: Cloud, worker: Worker, queue: str) -> None:
    iam, url = cloud.client("iam"), url_of(cloud, queue)
    document = json.dumps(policy(allow("sqs:*", arn("sqs", queue))))
    attached = iam.create_policy(PolicyName=worker.name, PolicyDocument=document)["Policy"]["Arn"]
    iam.attach_role_policy(RoleName=worker.name, PolicyArn=attached)
    worker.client("sqs").send_message(QueueUrl=url, MessageBody="yes")
    iam.detach_role_policy(RoleName=worker.name, PolicyArn=attached)
    with refused("sqs:SendMessage", arn("sqs", queue)):
        worker.client("sqs").send_message(QueueUrl=url, MessageBody="no")
    assert bodies(cloud, queue) == ["yes"]


def test_a_queue_s_own_policy_opens_and_closes_it(cloud: Cloud, worker: Worker, queue: str) -> None:
    sqs, url = cloud.client("sqs"), url_of(cloud, queue)

    def attach(effect: str) -> None:
        statement = {**allow("sqs:SendMessage", arn("sqs", queue)), "Effect": effect, "Principal": {"AWS": worker.arn}}
        sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": json.dumps(policy(statement))})

    attach("Allow")
    worker.client("sqs").send_message(QueueUrl=url, MessageBody="yes")
    worker.may(allow("sqs:SendMessage", "*"))
    attach("Deny")
    with refused("sqs:SendMessage", reason="with an explicit deny in a resource-based policy"):
        worker.client("sqs").send_message(QueueUrl=url, MessageBody="no")
    assert bodies(cloud, queue) == ["yes"]


def test_each_protocol_has_its_own_error(cloud: Cloud, worker: Worker) -> None:
    def answered(service: str, operation: str, **parameters: Any) -> tuple[str, int]:
        with pytest.raises(ClientError) as raised:
            getattr(worker.client(service), operation)(**parameters)
        error = raised.value.response
        assert "is not authorized to perform" in error["Error"]["Message"]
        return error["Error"]["Code"], error["ResponseMetadata"]["HTTPStatusCode"]

    key = {"id": {"S": "1"}}
    assert answered("dynamodb", "get_item", TableName="t", Key=key) == ("AccessDeniedException", 400)
    assert answered("lambda", "invoke", FunctionName="f") == ("AccessDeniedException", 403)
    assert answered("s3", "list_objects_v2", Bucket="b") == ("AccessDenied", 403)
    assert answered("sns", "publish", TopicArn=arn("sns", "t"), Message="m") == ("AuthorizationError", 403)
    assert answered("secretsmanager", "get_secret_value", SecretId="s") == ("AccessDeniedException", 400)
    pool = cloud.outputs["Pool"]
    asked = {"UserPoolId": pool, "Username": "u"}
    assert answered("cognito-idp", "admin_get_user", **asked) == ("AccessDeniedException", 400)


def test_an_operation_that_nobody_listed_is_refused_and_says_where_to_add_it(cloud: Cloud, worker: Worker) -> None:
    worker.may(allow("*", "*"))
    with refused("iam:ListRoles", "*", reason="authorization/needs.py does not say what it needs"):
        worker.client("iam").list_roles()
    assert worker.name in {role["RoleName"] for role in cloud.client("iam").list_roles()["Roles"]}


def test_a_policy_that_cannot_be_evaluated_is_not_passed_over(cloud: Cloud, worker: Worker, queue: str) -> None:
    strange = {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}
    worker.may(allow("sqs:SendMessage", "*"), {**allow("*", "*", Condition=strange), "Effect": "Deny"})
    with refused("sqs:SendMessage", reason="the condition operator IpAddress"):
        worker.client("sqs").send_message(QueueUrl=url_of(cloud, queue), MessageBody="no")
    assert bodies(cloud, queue) == []


def test_what_is_encrypted_with_a_key_needs_rights_on_the_key(cloud: Cloud, worker: Worker) -> None:
    bucket, key = cloud.outputs["Sealed"], arn("kms", f"key/{cloud.outputs['Key']}")
    objects = allow(["s3:PutObject", "s3:GetObject"], f"arn:aws:s3:::{bucket}/*")
    mine = worker.client("s3")

    worker.may(objects)
    with refused("kms:GenerateDataKey", key):
        mine.put_object(Bucket=bucket, Key="path", Body=b"x")
    worker.may(objects, allow("kms:GenerateDataKey", key))
    mine.put_object(Bucket=bucket, Key="path", Body=b"x")
    with refused("kms:Decrypt", key):
        mine.get_object(Bucket=bucket, Key="path")
    worker.may(objects, allow("kms:Decrypt", key))
    assert mine.get_object(Bucket=bucket, Key="path")["Body"].read() == b"x"
    with refused("s3:ListBucket", f"arn:aws:s3:::{bucket}"):
        mine.get_object(Bucket=bucket, Key="absent")
