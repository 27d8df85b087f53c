"""Updates of types that LocalStack creates and deletes, but leaves unchanged when their template changes.

Each entry is one of three: make it again under the name it has, call the operation that changes it, or accept the new
properties because nothing locally depends on them.
"""

import json
from collections.abc import Callable
from typing import Any

from localstack.services.cloudformation.resource_provider import ProgressEvent, ResourceProvider, ResourceRequest

from .resource import Properties, Request, done

Update = Callable[[ResourceProvider[Properties], ResourceRequest[Properties]], Properties]


def again(*names: str, before: Callable[[Request], None] | None = None) -> Update:
    """Update by creating anew, which replaces the existing resource of the same name."""

    def update(provider: ResourceProvider[Properties], request: ResourceRequest[Properties]) -> Properties:
        wrapped = Request(request)
        if before:
            before(wrapped)
        kept = {name: wrapped.previous[name] for name in names if name in wrapped.previous}
        request.desired_state = {**wrapped.properties, **kept}
        model: Properties = provider.create(request).resource_model or {}
        return {**model, **{name: value for name, value in wrapped.previous.items() if name in ("Id", "Arn")}}

    return update


def calling(change: Callable[[Request], None]) -> Update:
    """Update by one operation; the attributes stay."""

    def update(_provider: ResourceProvider[Properties], request: ResourceRequest[Properties]) -> Properties:
        wrapped = Request(request)
        change(wrapped)
        return {**wrapped.previous, **wrapped.properties}

    return update


def accepting() -> Update:
    """Accept the new properties, on which nothing depends locally."""
    return calling(lambda _request: None)


def _patch(path: str, value: Any) -> dict[str, str]:
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return {"op": "replace", "path": f"/{path}", "value": text}


def _patches(request: Request, paths: dict[str, str]) -> list[dict[str, str]]:
    changed = {name for name in paths if request.properties.get(name) != request.previous.get(name)}
    return [_patch(paths[name], request.properties.get(name, "")) for name in sorted(changed)]


def _rest_stage(request: Request) -> None:
    paths = {"DeploymentId": "deploymentId", "Description": "description", "TracingEnabled": "tracingEnabled"}
    operations = _patches(request, paths)
    before, after = request.previous.get("Variables") or {}, request.properties.get("Variables") or {}
    operations += [_patch(f"variables/{name}", value) for name, value in after.items()]
    operations += [{"op": "remove", "path": f"/variables/{name}"} for name in before.keys() - after.keys()]
    address = {"restApiId": request.previous["RestApiId"], "stageName": request.previous["StageName"]}
    request.client("apigateway").update_stage(**address, patchOperations=operations)


def _rest_api(request: Request) -> None:
    api_id, body = request.previous["RestApiId"], request.properties.get("Body")
    if body and body != request.previous.get("Body"):
        text = body if isinstance(body, str) else json.dumps(body)
        mode = request.properties.get("Mode", "merge")
        # CloudFormation ignores base paths too, unless it is told otherwise.
        parameters = {"basepath": "ignore", **request.properties.get("Parameters", {})}
        client = request.client("apigateway")
        client.put_rest_api(restApiId=api_id, mode=mode, parameters=parameters, body=text.encode())
    operations = _patches(request, {"Name": "name", "Description": "description", "ApiKeySourceType": "apiKeySource"})
    if operations:
        request.client("apigateway").update_rest_api(restApiId=api_id, patchOperations=operations)


def _rest_model(request: Request) -> None:
    schema = request.properties["Schema"]
    text = schema if isinstance(schema, str) else json.dumps(schema)
    address = {"restApiId": request.previous["RestApiId"], "modelName": request.previous["Name"]}
    request.client("apigateway").update_model(**address, patchOperations=[_patch("schema", text)])


def _request_validator(request: Request) -> None:
    paths = {
        "ValidateRequestBody": "validateRequestBody",
        "ValidateRequestParameters": "validateRequestParameters",
    }
    address = {
        "restApiId": request.previous["RestApiId"],
        "requestValidatorId": request.previous["RequestValidatorId"],
    }
    request.client("apigateway").update_request_validator(**address, patchOperations=_patches(request, paths))


def _log_group(request: Request) -> None:
    name, days = request.previous["LogGroupName"], request.properties.get("RetentionInDays")
    client = request.client("logs")
    if days:
        client.put_retention_policy(logGroupName=name, retentionInDays=days)
    else:
        client.delete_retention_policy(logGroupName=name)


def _key(request: Request) -> None:
    client, key = request.client("kms"), request.previous["KeyId"]
    if policy := request.properties.get("KeyPolicy"):
        client.put_key_policy(KeyId=key, PolicyName="default", Policy=json.dumps(policy))
    client.update_key_description(KeyId=key, Description=request.properties.get("Description", ""))


def _key_alias(request: Request) -> None:
    request.client("kms").update_alias(
        AliasName=request.previous["AliasName"], TargetKeyId=request.properties["TargetKeyId"]
    )


def _secret(request: Request) -> None:
    client, arn = request.client("secretsmanager"), request.previous["Id"]
    client.update_secret(SecretId=arn, Description=request.properties.get("Description", ""))
    text = request.properties.get("SecretString")
    if text is not None and text != request.previous.get("SecretString"):
        client.put_secret_value(SecretId=arn, SecretString=text)


def _table(request: Request) -> None:
    wanted, before = (state.get("TimeToLiveSpecification") for state in (request.properties, request.previous))
    if wanted != before:
        setting = wanted or {**(before or {}), "Enabled": False}
        name = request.previous["TableName"]
        request.client("dynamodb").update_time_to_live(TableName=name, TimeToLiveSpecification=setting)


def _function_url(request: Request) -> None:
    parameters = {**request.properties, "FunctionName": request.properties["TargetFunctionArn"]}
    request.client("lambda_").update_function_url_config(**parameters)


def _managed_policy(request: Request) -> None:
    client, arn = request.client("iam"), request.previous["PolicyArn"]
    for version in client.list_policy_versions(PolicyArn=arn)["Versions"]:
        if not version["IsDefaultVersion"]:
            client.delete_policy_version(PolicyArn=arn, VersionId=version["VersionId"])
    document = json.dumps(request.properties["PolicyDocument"])
    client.create_policy_version(PolicyArn=arn, PolicyDocument=document, SetAsDefault=True)


def _drop_old_targets(request: Request) -> None:
    old, new = ({each["Id"] for each in state.get("Targets") or []} for state in (request.previous, request.properties))
    if old - new:
        rule = request.previous["Id"].rpartition("|")[2]
        bus = request.previous.get("EventBusName") or "default"
        request.client("events").remove_targets(Rule=rule, EventBusName=bus, Ids=sorted(old - new))


def _keep_rule_name(provider: ResourceProvider[Properties], request: ResourceRequest[Properties]) -> Properties:
    previous = Request(request).previous
    name = previous["Id"].rpartition("|")[2]
    request.previous_state = {**previous, "Name": name}
    return again("Name", before=_drop_old_targets)(provider, request)


UPDATES: dict[str, Update] = {
    "AWS::ApiGateway::Account": again("Id"),
    "AWS::ApiGateway::GatewayResponse": again(),
    "AWS::ApiGateway::Model": calling(_rest_model),
    "AWS::ApiGateway::RequestValidator": calling(_request_validator),
    "AWS::ApiGateway::RestApi": calling(_rest_api),
    "AWS::ApiGateway::Stage": calling(_rest_stage),
    "AWS::CloudWatch::Alarm": again("AlarmName"),
    "AWS::CloudWatch::CompositeAlarm": again("AlarmName"),
    "AWS::DynamoDB::Table": calling(_table),
    "AWS::Events::EventBusPolicy": again(),
    "AWS::Events::Rule": _keep_rule_name,
    "AWS::IAM::ManagedPolicy": calling(_managed_policy),
    "AWS::KMS::Alias": calling(_key_alias),
    "AWS::KMS::Key": calling(_key),
    "AWS::Lambda::EventInvokeConfig": again(),
    "AWS::Lambda::Url": calling(_function_url),
    "AWS::Logs::LogGroup": calling(_log_group),
    "AWS::Logs::SubscriptionFilter": again("FilterName"),
    "AWS::S3::Bucket": again("BucketName"),
    "AWS::S3::BucketPolicy": again(),
    "AWS::SNS::TopicPolicy": again(),
    "AWS::SecretsManager::ResourcePolicy": again(),
    "AWS::SecretsManager::Secret": calling(_secret),
    **{
        name: accepting()
        for name in (
            "AWS::ApiGateway::Deployment",
            "AWS::EC2::InternetGateway",
            "AWS::EC2::NatGateway",
            "AWS::EC2::NetworkAcl",
            "AWS::EC2::RouteTable",
            "AWS::EC2::SecurityGroup",
            "AWS::EC2::Subnet",
            "AWS::EC2::VPC",
            "AWS::EC2::VPCEndpoint",
            "AWS::Events::EventBus",
            "AWS::Scheduler::ScheduleGroup",
            "AWS::StepFunctions::Activity",
        )
    },
}


def with_update(resource_type: str, provider: Any) -> Any:
    """A provider of LocalStack's, able to update where this module knows how."""
    update = UPDATES.get(resource_type)
    if provider is None or update is None:
        return provider

    def changed(request: ResourceRequest[Properties]) -> ProgressEvent[Properties]:
        return done(update(provider, request))

    provider.update = changed
    return provider
