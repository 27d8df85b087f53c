"""Custom resources that a Lambda function stands behind, which LocalStack's open-source release skips.

CloudFormation invokes the function with a pre-signed S3 address and waits for the answer there.
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref.html
"""

import json
import uuid
from dataclasses import dataclass
from typing import Any

from .resource import Properties, Request

PREFIX = "Custom::"
BUCKET = "cloudformation-custom-resource-response"
ANSWER_WITHIN_S = 3600


class CustomResourceError(Exception):
    """The function failed, or told of a failure, or did not answer."""


@dataclass(frozen=True)
class CustomResource:
    """`Custom::Anything`; `Ref` is the physical id and `GetAtt` the data that the function answers with."""

    type_name: str = "AWS::CloudFormation::CustomResource"
    identifier: str = "PhysicalResourceId"
    create_only: tuple[str, ...] = ("ServiceToken",)

    def create(self, request: Request) -> Properties:
        """Ask the function to create."""
        return _asked(request, "Create", {"ResourceProperties": request.properties})

    def update(self, request: Request) -> Properties:
        """Ask it to update. A new physical id is not followed by the deletion of the old one, as it would be on AWS."""
        changed = {"ResourceProperties": request.properties, "OldResourceProperties": request.previous}
        return _asked(request, "Update", {**changed, "PhysicalResourceId": request.previous["PhysicalResourceId"]})

    def delete(self, request: Request) -> None:
        """Ask it to delete."""
        known = {"ResourceProperties": request.previous, "PhysicalResourceId": request.previous["PhysicalResourceId"]}
        _asked(request, "Delete", known)


def _asked(request: Request, kind: str, more: Properties) -> Properties:
    key = str(uuid.uuid4())
    event = {
        "RequestType": kind,
        "RequestId": key,
        "ResponseURL": _answer_address(request, key),
        "StackId": request.arn("cloudformation", f"stack/{request.stack}/{key}"),
        "LogicalResourceId": request.logical_id,
        "ResourceType": CustomResource.type_name,
        **more,
    }
    function = more["ResourceProperties"]["ServiceToken"]
    run = request.client("lambda_").invoke(FunctionName=function, Payload=json.dumps(event))
    return _attributes(request, key, run)


def _answer_address(request: Request, key: str) -> str:
    storage = request.client("s3")
    storage.create_bucket(Bucket=BUCKET)
    address: str = storage.generate_presigned_url(
        "put_object", Params={"Bucket": BUCKET, "Key": key}, ExpiresIn=ANSWER_WITHIN_S
    )
    return address


def _attributes(request: Request, key: str, run: Any) -> Properties:
    storage = request.client("s3")
    try:
        answer = json.loads(storage.get_object(Bucket=BUCKET, Key=key)["Body"].read())
    except storage.exceptions.NoSuchKey:
        said = run["Payload"].read().decode(errors="replace")[:500]
        raise CustomResourceError(f"the function ended without an answer: {said}") from None
    storage.delete_object(Bucket=BUCKET, Key=key)
    if answer["Status"] != "SUCCESS":
        raise CustomResourceError(answer.get("Reason", "the function gave no reason"))
    return {**answer.get("Data", {}), "PhysicalResourceId": answer["PhysicalResourceId"]}
