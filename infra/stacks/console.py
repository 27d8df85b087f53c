"""The web console: its files in a private bucket, and the distribution that serves them to browsers."""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_cloudfront as cloudfront
from aws_cdk import aws_route53 as route53
from aws_cdk import aws_route53_targets as targets
from constructs import Construct

from infra import addresses
from infra.constructs.site import Site, global_name
from infra.constructs.site_headers import Sources, headers_policy
from infra.markets import deployed_folders
from infra.markets.basemaps import tile_hosts
from infra.stacks.base import StageStack
from infra.stages import Stage


class ConsoleStack(StageStack):
    """What `local/console` publishes to. No function knows of it, and no release waits for it."""

    def __init__(self, scope: Construct, stage: Stage, *, rest_url: str, websocket_url: str) -> None:
        super().__init__(scope, "console", stage, "web console")
        sources = Sources(
            apis=(rest_url, websocket_url),
            stripe_api=stage.stripe_api_base,
            tiles=tile_hosts(deployed_folders(stage.further_markets)),
        )
        headers = headers_policy(self, "Headers", global_name(self, stage), sources)
        site = Site(self, "Site", stage=stage, headers=headers)
        self._outputs(site.bucket.bucket_name, site.distribution)

    def _dns_targets(self, distribution: cloudfront.Distribution) -> dict[str, str]:
        """What the record of the console's own address points to, which is made here if the stage has the zone."""
        domain = self.stage.domain
        if domain is None or domain.console is None:
            return {}
        if domain.hosted_zone_id:
            zone = route53.HostedZone.from_hosted_zone_attributes(
                self, "Zone", hosted_zone_id=domain.hosted_zone_id, zone_name=domain.name
            )
            target = route53.RecordTarget.from_alias(targets.CloudFrontTarget(distribution))
            name = f"{domain.console}."
            route53.ARecord(self, "Record", zone=zone, record_name=name, target=target)
            route53.AaaaRecord(self, "RecordV6", zone=zone, record_name=name, target=target)
        return {"ConsoleDnsTarget": distribution.domain_name}

    def _outputs(self, bucket: str, distribution: cloudfront.Distribution) -> None:
        values = {
            "ConsoleBucket": bucket,
            **self._dns_targets(distribution),
            "ConsoleUrl": addresses.console(self.stage, distribution.distribution_id, distribution.domain_name),
        }
        for name, value in values.items():
            cdk.CfnOutput(self, f"{name}Output", value=value).override_logical_id(name)
