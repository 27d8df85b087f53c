"""A site of files: a private bucket behind a distribution of CloudFront.

An object that is not there is answered 403, as S3 tells strangers who may not list: the distribution may read objects,
and nothing else.
"""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_cloudfront as cloudfront
from aws_cdk import aws_cloudfront_origins as origins
from aws_cdk import aws_s3 as s3
from constructs import Construct

from infra.constructs.nag import accept
from infra.constructs.naming import resource_name
from infra.stages import Stage

ENTRY = "index.html"
_YEAR = cdk.Duration.days(365)


def global_name(scope: Construct, stage: Stage) -> str:
    """A name for what an account has once for all regions."""
    return f"{resource_name(stage.name, 'console')}-{cdk.Stack.of(scope).region}"


class Site(Construct):
    """Files reach browsers by the distribution alone, with the headers of `headers`."""

    def __init__(
        self, scope: Construct, construct_id: str, *, stage: Stage, headers: cloudfront.IResponseHeadersPolicy
    ) -> None:
        super().__init__(scope, construct_id)
        self._name = global_name(self, stage)
        self.bucket = self._bucket()
        self.distribution = self._distribution(stage, headers)

    def _bucket(self) -> s3.Bucket:
        """Every file can be built again from the sources, so a deleted stage keeps none, and no version is kept.

        The files are public once they are served. S3's own key encrypts them: a key of ours would cost a request of KMS
        for every file that an edge fetches, and protect nothing.
        """
        bucket = s3.Bucket(
            self,
            "Files",
            encryption=s3.BucketEncryption.S3_MANAGED,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
            enforce_ssl=True,
            lifecycle_rules=[s3.LifecycleRule(abort_incomplete_multipart_upload_after=cdk.Duration.days(1))],
            removal_policy=cdk.RemovalPolicy.DESTROY,
        )
        accept(bucket, "AwsSolutions-S1", "Only the publisher writes here, and CloudFront alone reads.")
        return bucket

    def _distribution(self, stage: Stage, headers: cloudfront.IResponseHeadersPolicy) -> cloudfront.Distribution:
        own_name = self._own_name(stage)
        distribution = cloudfront.Distribution(
            self,
            "Distribution",
            comment=f"RideFlow {stage.name}: web console",
            default_root_object=ENTRY,
            default_behavior=cloudfront.BehaviorOptions(
                origin=origins.S3BucketOrigin.with_origin_access_control(
                    self.bucket,
                    origin_access_control=cloudfront.S3OriginAccessControl(
                        self, "Access", origin_access_control_name=self._name
                    ),
                ),
                viewer_protocol_policy=cloudfront.ViewerProtocolPolicy.REDIRECT_TO_HTTPS,
                allowed_methods=cloudfront.AllowedMethods.ALLOW_GET_HEAD,
                cache_policy=self._caching(),
                response_headers_policy=headers,
                compress=True,
            ),
            http_version=cloudfront.HttpVersion.HTTP2_AND_3,
            enable_ipv6=True,
            price_class=cloudfront.PriceClass.PRICE_CLASS_100,
            minimum_protocol_version=cloudfront.SecurityPolicyProtocol.TLS_V1_2_2021,
            **own_name,
        )
        accept(distribution, "AwsSolutions-CFR1", "Staff and riders travel; the API decides on what they may do.")
        accept(distribution, "AwsSolutions-CFR2", "Files alone, the same for everybody: there is nothing to attack.")
        accept(distribution, "AwsSolutions-CFR3", "A log of who loaded the pages is personal data that nobody reads.")
        if not own_name:
            why = "Under its own name CloudFront chooses the versions of TLS; with ours it is 1.2 at least."
            accept(distribution, "AwsSolutions-CFR4", why)
        return distribution

    def _own_name(self, stage: Stage) -> dict[str, Any]:
        domain = stage.domain
        if domain is None or domain.console is None or domain.console_certificate_arn is None:
            return {}
        certificate = acm.Certificate.from_certificate_arn(self, "Certificate", domain.console_certificate_arn)
        return {"domain_names": [domain.console], "certificate": certificate}

    def _caching(self) -> cloudfront.CachePolicy:
        """A file's own Cache-Control counts, down to none: the entry page is asked for anew each time."""
        return cloudfront.CachePolicy(
            self,
            "Caching",
            cache_policy_name=self._name,
            comment="As long as the file says",
            min_ttl=cdk.Duration.seconds(0),
            default_ttl=cdk.Duration.seconds(0),
            max_ttl=_YEAR,
            enable_accept_encoding_brotli=True,
            enable_accept_encoding_gzip=True,
        )
