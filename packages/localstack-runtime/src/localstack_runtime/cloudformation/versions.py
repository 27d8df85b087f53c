"""`AWS::Lambda::Version` and `AWS::Lambda::Alias`, made in one round: LocalStack's own wait a second for each."""

from dataclasses import dataclass

from .resource import Properties, Request, ResourceType

_PROVISIONED = "ProvisionedConcurrencyConfig"


@dataclass(frozen=True)
class Version:
    """A published version. It never changes, whatever its properties become."""

    type_name: str = "AWS::Lambda::Version"
    identifier: str = "FunctionArn"
    create_only: tuple[str, ...] = ("FunctionName", "CodeSha256", "Description")

    def create(self, request: Request) -> Properties:
        """Publish what the function is now. LocalStack's answer of an unchanged function is its last version."""
        wanted = {name: request.properties[name] for name in self.create_only if name in request.properties}
        published = request.client("lambda_").publish_version(**wanted)
        _provision(request, published["Version"])
        return {"FunctionArn": published["FunctionArn"], "Version": published["Version"]}

    def update(self, request: Request) -> Properties:
        """Only provisioned concurrency can change."""
        _provision(request, request.previous["Version"])
        return {name: request.previous[name] for name in ("FunctionArn", "Version")}

    def delete(self, request: Request) -> None:
        """Other versions stay."""
        request.client("lambda_").delete_function(
            FunctionName=request.previous["FunctionName"], Qualifier=request.previous["Version"]
        )


@dataclass(frozen=True)
class Alias:
    """A name for one version, or for two with weights."""

    type_name: str = "AWS::Lambda::Alias"
    identifier: str = "AliasArn"
    create_only: tuple[str, ...] = ("FunctionName", "Name")

    def create(self, request: Request) -> Properties:
        """Its version exists already."""
        made = request.client("lambda_").create_alias(**_parameters(request))
        _provision(request, request.properties["Name"])
        return {"AliasArn": made["AliasArn"]}

    def update(self, request: Request) -> Properties:
        """Weights that the template no longer has are taken away."""
        request.client("lambda_").update_alias(**_parameters(request))
        _provision(request, request.properties["Name"])
        return {"AliasArn": request.previous["AliasArn"]}

    def delete(self, request: Request) -> None:
        """Its version stays."""
        request.client("lambda_").delete_alias(
            FunctionName=request.previous["FunctionName"], Name=request.previous["Name"]
        )


def _parameters(request: Request) -> Properties:
    names = ("FunctionName", "Name", "FunctionVersion")
    weights = (request.properties.get("RoutingConfig") or {}).get("AdditionalVersionWeights") or []
    return {
        **{name: request.properties[name] for name in names},
        "Description": request.properties.get("Description", ""),
        "RoutingConfig": {
            "AdditionalVersionWeights": {each["FunctionVersion"]: float(each["FunctionWeight"]) for each in weights}
        },
    }


def _provision(request: Request, qualifier: str) -> None:
    wanted, before = request.properties.get(_PROVISIONED), request.previous.get(_PROVISIONED)
    if wanted == before:
        return
    address = {"FunctionName": request.properties["FunctionName"], "Qualifier": qualifier}
    if wanted:
        request.client("lambda_").put_provisioned_concurrency_config(**address, **wanted)
    else:
        request.client("lambda_").delete_provisioned_concurrency_config(**address)


TYPES: tuple[ResourceType, ...] = (Version(), Alias())
