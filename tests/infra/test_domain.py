"""A stage's own domain: names, certificate, records, and the addresses that apps and scripts are told."""

import json
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest

from infra import addresses
from infra.constructs.context import Routes
from infra.constructs.routes import RestRoute
from infra.domain import Domain
from infra.stacks.api import ApiStack
from infra.stages import DEV, LOCAL, PROD, Stage, StageSettingError, stage_of
from tests.infra.synthesis import Synthesis

NAME, ZONE = "rides.example.com", "Z0123456789ABC"
CERTIFICATE = "arn:aws:acm:eu-central-1:111122223333:certificate/6f1b8c9e-0000-4000-8000-000000000000"
ROUTES = [RestRoute("trips", "get_trip", "GET", "/v1/trips/{trip_id}")]


def _template(folder: Path, stage: Stage) -> dict[str, Any]:
    app = cdk.App(outdir=str(folder))
    ApiStack(app, stage, websocket_api_id="abcdefghij", routes=Routes(ROUTES, []))
    (stack,) = app.synth().stacks
    found: dict[str, Any] = json.loads(Path(stack.template_full_path).read_text(encoding="utf-8"))
    return found


def _of_type(template: dict[str, Any], kind: str) -> dict[str, dict[str, Any]]:
    return {name: each["Properties"] for name, each in template["Resources"].items() if each["Type"] == kind}


def _with(**domain: str) -> Stage:
    return stage_of({"stage": "prod", "stages": {"prod": {"domain": {"name": NAME, **domain}}}}.get)


@pytest.fixture(scope="module")
def in_a_zone(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return _template(tmp_path_factory.mktemp("zone"), _with(hosted_zone_id=ZONE))


@pytest.fixture(scope="module")
def by_certificate(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return _template(tmp_path_factory.mktemp("certificate"), _with(certificate_arn=CERTIFICATE))


def test_both_apis_have_a_name_of_the_domain_with_tls_1_2(in_a_zone: dict[str, Any]) -> None:
    ((_, rest),) = _of_type(in_a_zone, "AWS::ApiGateway::DomainName").items()
    ((_, websocket),) = _of_type(in_a_zone, "AWS::ApiGatewayV2::DomainName").items()
    (configuration,) = websocket["DomainNameConfigurations"]

    assert (rest["DomainName"], rest["SecurityPolicy"]) == (f"api.{NAME}", "TLS_1_2")
    assert rest["EndpointConfiguration"]["Types"] == ["REGIONAL"]
    assert (websocket["DomainName"], configuration["SecurityPolicy"]) == (f"ws.{NAME}", "TLS_1_2")
    assert configuration["EndpointType"] == "REGIONAL"


def test_the_names_lead_to_the_stages_at_their_roots(in_a_zone: dict[str, Any]) -> None:
    (rest_name,) = _of_type(in_a_zone, "AWS::ApiGateway::DomainName")
    (websocket_name,) = _of_type(in_a_zone, "AWS::ApiGatewayV2::DomainName")
    (stage,) = _of_type(in_a_zone, "AWS::ApiGateway::Stage")
    ((websocket_stage, live),) = _of_type(in_a_zone, "AWS::ApiGatewayV2::Stage").items()
    (rest,) = _of_type(in_a_zone, "AWS::ApiGateway::BasePathMapping").values()
    ((mapping, websocket),) = _of_type(in_a_zone, "AWS::ApiGatewayV2::ApiMapping").items()

    assert (rest["DomainName"], rest["Stage"]) == ({"Ref": rest_name}, {"Ref": stage})
    assert "BasePath" not in rest
    assert websocket["DomainName"] == {"Ref": websocket_name}
    assert (websocket["ApiId"], websocket["Stage"]) == ("abcdefghij", live["StageName"])
    assert websocket_stage in in_a_zone["Resources"][mapping]["DependsOn"]
    assert "ApiMappingKey" not in websocket


def test_a_certificate_is_made_for_both_names_and_proved_in_the_zone(in_a_zone: dict[str, Any]) -> None:
    ((name, certificate),) = _of_type(in_a_zone, "AWS::CertificateManager::Certificate").items()
    (rest,) = _of_type(in_a_zone, "AWS::ApiGateway::DomainName").values()
    (websocket,) = _of_type(in_a_zone, "AWS::ApiGatewayV2::DomainName").values()
    proofs = {each["DomainName"]: each["HostedZoneId"] for each in certificate["DomainValidationOptions"]}

    assert (certificate["DomainName"], certificate["SubjectAlternativeNames"]) == (f"api.{NAME}", [f"ws.{NAME}"])
    assert certificate["ValidationMethod"] == "DNS"
    assert proofs == {f"api.{NAME}": ZONE, f"ws.{NAME}": ZONE}
    assert rest["RegionalCertificateArn"] == {"Ref": name}
    assert websocket["DomainNameConfigurations"][0]["CertificateArn"] == {"Ref": name}


def test_records_of_the_zone_point_to_the_names(in_a_zone: dict[str, Any]) -> None:
    (rest_name,) = _of_type(in_a_zone, "AWS::ApiGateway::DomainName")
    (websocket_name,) = _of_type(in_a_zone, "AWS::ApiGatewayV2::DomainName")
    found = {
        (record["Name"], record["Type"]): (record["HostedZoneId"], record["AliasTarget"])
        for record in _of_type(in_a_zone, "AWS::Route53::RecordSet").values()
    }

    def target(name: str) -> tuple[str, dict[str, Any]]:
        attributes = {"DNSName": "RegionalDomainName", "HostedZoneId": "RegionalHostedZoneId"}
        return ZONE, {key: {"Fn::GetAtt": [name, attribute]} for key, attribute in attributes.items()}

    assert found == {
        (f"api.{NAME}.", "A"): target(rest_name),
        (f"ws.{NAME}.", "A"): target(websocket_name),
        (f"ws.{NAME}.", "AAAA"): target(websocket_name),
    }


def test_a_certificate_of_the_owner_s_is_taken_and_the_records_are_the_owner_s(by_certificate: dict[str, Any]) -> None:
    kinds = Counter(each["Type"] for each in by_certificate["Resources"].values())
    (rest,) = _of_type(by_certificate, "AWS::ApiGateway::DomainName").values()
    (websocket,) = _of_type(by_certificate, "AWS::ApiGatewayV2::DomainName").values()

    assert kinds["AWS::CertificateManager::Certificate"] == kinds["AWS::Route53::RecordSet"] == 0
    assert rest["RegionalCertificateArn"] == CERTIFICATE
    assert websocket["DomainNameConfigurations"][0]["CertificateArn"] == CERTIFICATE


def test_both_settings_together_make_records_and_no_certificate(tmp_path: Path) -> None:
    template = _template(tmp_path, _with(certificate_arn=CERTIFICATE, hosted_zone_id=ZONE))

    assert len(_of_type(template, "AWS::Route53::RecordSet")) == 3
    assert _of_type(template, "AWS::CertificateManager::Certificate") == {}


def test_the_api_is_reached_by_its_domain_alone(in_a_zone: dict[str, Any]) -> None:
    """In the API's properties and in its document: by the mode `overwrite`, the document may reset the property."""
    (api,) = _of_type(in_a_zone, "AWS::ApiGateway::RestApi").values()
    (server,) = api["Body"]["servers"]

    assert api["DisableExecuteApiEndpoint"] is True
    assert server["url"] == f"https://api.{NAME}"
    assert server["x-amazon-apigateway-endpoint-configuration"] == {"disableExecuteApiEndpoint": True}


def test_scripts_are_told_the_domain_s_addresses_and_what_records_point_to(
    in_a_zone: dict[str, Any], by_certificate: dict[str, Any]
) -> None:
    for template in (in_a_zone, by_certificate):
        outputs = {name: each["Value"] for name, each in template["Outputs"].items()}
        (rest_name,) = _of_type(template, "AWS::ApiGateway::DomainName")
        (websocket_name,) = _of_type(template, "AWS::ApiGatewayV2::DomainName")

        assert (outputs["RestUrl"], outputs["WebSocketUrl"]) == (f"https://api.{NAME}", f"wss://ws.{NAME}")
        assert outputs["RestDnsTarget"] == {"Fn::GetAtt": [rest_name, "RegionalDomainName"]}
        assert outputs["WebSocketDnsTarget"] == {"Fn::GetAtt": [websocket_name, "RegionalDomainName"]}


def test_frames_are_pushed_by_the_websocket_api_s_own_address() -> None:
    """It stays open beside the domain: functions need it, and messages need the authorizer at either."""
    stack = cdk.Stack()
    plain, own = (addresses.websocket(stage, stack, "abc", "live") for stage in (PROD, _with(hosted_zone_id=ZONE)))
    resolved = stack.resolve([plain.management, own.management])

    assert resolved[0] == resolved[1]
    assert own.apps == f"wss://ws.{NAME}"


def test_a_laptop_s_addresses_stay_those_of_localstack() -> None:
    stage = replace(LOCAL, domain=Domain(NAME, hosted_zone_id=ZONE))

    assert addresses.rest(stage, cdk.Stack(), "abc", "live").startswith("http://127.0.0.1:4566/")
    assert addresses.websocket(stage, cdk.Stack(), "abc", "live").apps.startswith("ws://127.0.0.1:4566/")


def test_without_a_domain_nothing_of_it_is_deployed(each_stage: Synthesis) -> None:
    kinds = {each.type for each in each_stage.resources}
    (api,) = each_stage.of_type("AWS::ApiGateway::RestApi")

    assert not {kind for kind in kinds if "Domain" in kind or "Route53" in kind or "Certificate" in kind}
    assert "DisableExecuteApiEndpoint" not in api.properties
    assert "servers" not in each_stage.rest_document


def test_each_stage_has_a_domain_of_its_own() -> None:
    told = {"prod": {"domain": {"name": NAME, "hosted_zone_id": ZONE}, "email_from": "rides@example.com"}}

    assert stage_of({"stage": "prod", "stages": told}.get) == replace(
        PROD, domain=Domain(NAME, hosted_zone_id=ZONE), email_from="rides@example.com"
    )
    assert stage_of({"stage": "dev", "stages": told}.get) == DEV


@pytest.mark.parametrize(
    ("told", "fault"),
    [
        (NAME, "is an object with a name"),
        ({"hosted_zone_id": ZONE}, "is an object with a name"),
        ({"name": NAME}, "needs a certificate_arn, or a hosted_zone_id"),
        (
            {"name": NAME, "zone": ZONE},
            "has no zone; it can have: name, certificate_arn, console_cert",
        ),
        ({"name": "https://rides.example.com", "hosted_zone_id": ZONE}, "not a domain name"),
        ({"name": "Rides.example.com", "hosted_zone_id": ZONE}, "not a domain name in lower case"),
        ({"name": "localhost", "hosted_zone_id": ZONE}, "not a domain name"),
        ({"name": f"{'a' * 64}.example.com", "hosted_zone_id": ZONE}, "not a domain name"),
        ({"name": f"{NAME}.", "hosted_zone_id": ZONE}, "not a domain name"),
        ({"name": NAME, "hosted_zone_id": "/hostedzone/Z1"}, "not the id of a hosted zone"),
        ({"name": NAME, "hosted_zone_id": None}, "not the id of a hosted zone"),
        ({"name": NAME, "certificate_arn": "arn:aws:iam::111122223333:server-certificate/x"}, "a certificate of ACM"),
    ],
)
def test_what_is_no_domain_is_said(told: Any, fault: str) -> None:
    with pytest.raises(StageSettingError, match=f"domain of stage prod .*{fault}"):
        stage_of({"stage": "prod", "stages": {"prod": {"domain": told}}}.get)
