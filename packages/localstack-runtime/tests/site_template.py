"""The part of the test's template that CloudFront serves."""

from template_parts import Resource, allow, att, policy, ref, resource


def site(version: int) -> dict[str, Resource]:
    """A bucket behind a distribution, which may read and not list."""
    return {
        "Files": resource("S3::Bucket"),
        "FilesPolicy": _policy_of_files(),
        "Access": resource(
            "CloudFront::OriginAccessControl",
            OriginAccessControlConfig={
                "Name": "files",
                "OriginAccessControlOriginType": "s3",
                "SigningBehavior": "always",
                "SigningProtocol": "sigv4",
            },
        ),
        "Caching": _caching(),
        "Headers": resource(
            "CloudFront::ResponseHeadersPolicy",
            ResponseHeadersPolicyConfig={
                "Name": "files",
                "SecurityHeadersConfig": {"ContentTypeOptions": {"Override": True}},
                "CustomHeadersConfig": {
                    "Items": [{"Header": "Version", "Value": f"{version}", "Override": True}],
                },
            },
        ),
        "Distribution": _distribution(),
    }


def _policy_of_files() -> Resource:
    """Only the distribution may read."""
    source = {"Fn::Sub": "arn:aws:cloudfront::${AWS::AccountId}:distribution/${Distribution}"}
    read = allow(
        "s3:GetObject",
        {"Fn::Sub": "${Files.Arn}/*"},
        Principal={"Service": "cloudfront.amazonaws.com"},
        Condition={"StringEquals": {"AWS:SourceArn": source}},
    )
    return resource("S3::BucketPolicy", Bucket=ref("Files"), PolicyDocument=policy(read))


def _caching() -> Resource:
    return resource(
        "CloudFront::CachePolicy",
        CachePolicyConfig={
            "Name": "files",
            "MinTTL": 0,
            "DefaultTTL": 0,
            "MaxTTL": 1,
            "ParametersInCacheKeyAndForwardedToOrigin": {
                "EnableAcceptEncodingBrotli": True,
                "EnableAcceptEncodingGzip": True,
                "CookiesConfig": {"CookieBehavior": "none"},
                "HeadersConfig": {"HeaderBehavior": "none"},
                "QueryStringsConfig": {"QueryStringBehavior": "none"},
            },
        },
    )


def _distribution() -> Resource:
    origin = {
        "Id": "files",
        "DomainName": att("Files", "RegionalDomainName"),
        "OriginAccessControlId": att("Access", "Id"),
        "S3OriginConfig": {"OriginAccessIdentity": ""},
    }
    behavior = {
        "TargetOriginId": "files",
        "ViewerProtocolPolicy": "redirect-to-https",
        "CachePolicyId": ref("Caching"),
        "ResponseHeadersPolicyId": ref("Headers"),
        "Compress": True,
    }
    configuration = {
        "Enabled": True,
        "DefaultRootObject": "index.html",
        "Origins": [origin],
        "DefaultCacheBehavior": behavior,
    }
    return resource("CloudFront::Distribution", DistributionConfig=configuration)
