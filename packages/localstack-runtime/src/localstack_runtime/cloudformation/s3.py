"""`AWS::S3::Bucket`: LocalStack's own, with the encryption that its template asks for."""

from typing import Any

from localstack.services.cloudformation.resource_provider import ProgressEvent, ResourceRequest

from .resource import Properties, Request

BUCKET = "AWS::S3::Bucket"


def with_encryption(resource_type: str, provider: Any) -> Any:
    """LocalStack's bucket, which is encrypted with its own key from the start.

    Nothing is encrypted here, but who may not use the key may not use the objects.
    """
    if provider is None or resource_type != BUCKET:
        return provider
    create = provider.create

    def created(request: ResourceRequest[Properties]) -> ProgressEvent[Properties]:
        event: ProgressEvent[Properties] = create(request)
        wrapped = Request(request)
        if told := wrapped.properties.get("BucketEncryption"):
            wrapped.client("s3").put_bucket_encryption(
                Bucket=request.desired_state["BucketName"],
                ServerSideEncryptionConfiguration={
                    "Rules": [_rule(each) for each in told["ServerSideEncryptionConfiguration"]]
                },
            )
        return event

    provider.create = created
    return provider


def _rule(told: Properties) -> Properties:
    """CloudFormation and S3 spell the rule differently."""
    by_default = told.get("ServerSideEncryptionByDefault")
    key = {"BucketKeyEnabled": bool(told.get("BucketKeyEnabled"))}
    return key | ({"ApplyServerSideEncryptionByDefault": by_default} if by_default else {})
