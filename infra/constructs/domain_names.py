"""A domain of the stage's own before both APIs: certificate, addresses, and their records in DNS.

Records of the REST API are of IPv4, as its own address is. The WebSocket API speaks both.
"""

from __future__ import annotations

from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_apigatewayv2 as apigatewayv2
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_route53 as route53
from aws_cdk import aws_route53_targets as targets
from constructs import Construct

from infra.domain import Domain


class DomainNames(Construct):
    """Apps reach the stages at the roots of `api.<domain>` and `ws.<domain>`, by TLS 1.2 or later.

    Frames are pushed by the WebSocket API's own address, which therefore stays open beside `ws.<domain>`.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        domain: Domain,
        rest: apigateway.IRestApi,
        websocket: apigatewayv2.WebSocketStage,
    ) -> None:
        super().__init__(scope, construct_id)
        self._domain = domain
        self._zone = self._hosted_zone()
        certificate = self._certificate()
        rest_name = apigateway.DomainName(
            self,
            "Rest",
            domain_name=domain.rest,
            certificate=certificate,
            endpoint_type=apigateway.EndpointType.REGIONAL,
            security_policy=apigateway.SecurityPolicy.TLS_1_2,
            mapping=rest,
        )
        websocket_name = apigatewayv2.DomainName(
            self,
            "WebSocket",
            domain_name=domain.websocket,
            certificate=certificate,
            endpoint_type=apigatewayv2.EndpointType.REGIONAL,
            security_policy=apigatewayv2.SecurityPolicy.TLS_1_2,
            ip_address_type=apigatewayv2.IpAddressType.DUAL_STACK,
        )
        apigatewayv2.ApiMapping(
            self, "WebSocketMapping", api=websocket.api, domain_name=websocket_name, stage=websocket
        )
        self.dns_targets = {
            "RestDnsTarget": rest_name.domain_name_alias_domain_name,
            "WebSocketDnsTarget": websocket_name.regional_domain_name,
        }
        """What the records of the two addresses point to, by the names of the stack's outputs."""
        self._records(rest_name, websocket_name)

    def _hosted_zone(self) -> route53.IHostedZone | None:
        if self._domain.hosted_zone_id is None:
            return None
        # Every record gives its whole name, so that of the zone does not count: it may be one of a parent domain.
        return route53.HostedZone.from_hosted_zone_attributes(
            self, "Zone", hosted_zone_id=self._domain.hosted_zone_id, zone_name=self._domain.name
        )

    def _certificate(self) -> acm.ICertificate:
        if self._domain.certificate_arn:
            return acm.Certificate.from_certificate_arn(self, "Certificate", self._domain.certificate_arn)
        return acm.Certificate(
            self,
            "Certificate",
            domain_name=self._domain.rest,
            subject_alternative_names=[self._domain.websocket],
            validation=acm.CertificateValidation.from_dns(self._zone),
        )

    def _records(self, rest: apigateway.DomainName, websocket: apigatewayv2.DomainName) -> None:
        if self._zone is None:
            return
        to_rest = route53.RecordTarget.from_alias(targets.ApiGatewayDomain(rest))
        route53.ARecord(self, "RestRecord", zone=self._zone, record_name=f"{self._domain.rest}.", target=to_rest)
        to_websocket = route53.RecordTarget.from_alias(
            targets.ApiGatewayv2DomainProperties(websocket.regional_domain_name, websocket.regional_hosted_zone_id)
        )
        name = f"{self._domain.websocket}."
        route53.ARecord(self, "WebSocketRecord", zone=self._zone, record_name=name, target=to_websocket)
        route53.AaaaRecord(self, "WebSocketRecordV6", zone=self._zone, record_name=name, target=to_websocket)
