"""`AWS::CloudWatch` and `AWS::Logs`: types that LocalStack lacks, and types that only monitor."""

from dataclasses import dataclass

from .resource import Properties, Recorded, Request, ResourceType


@dataclass(frozen=True)
class Dashboard:
    """A dashboard; putting one twice changes it."""

    type_name: str = "AWS::CloudWatch::Dashboard"
    identifier: str = "DashboardName"
    create_only: tuple[str, ...] = ("DashboardName",)

    def create(self, request: Request) -> Properties:
        """Kept as it is given."""
        name = request.name("DashboardName", limit=255)
        request.client("cloudwatch").put_dashboard(
            DashboardName=name, DashboardBody=request.properties["DashboardBody"]
        )
        return {"DashboardName": name}

    def update(self, request: Request) -> Properties:
        """The same again."""
        return self.create(request)

    def delete(self, request: Request) -> None:
        """Take it away."""
        request.client("cloudwatch").delete_dashboards(DashboardNames=[request.previous["DashboardName"]])


@dataclass(frozen=True)
class MetricFilter:
    """A filter that counts log lines; putting one twice changes it."""

    type_name: str = "AWS::Logs::MetricFilter"
    identifier: str = "FilterName"
    create_only: tuple[str, ...] = ("FilterName", "LogGroupName")

    def create(self, request: Request) -> Properties:
        """The API's names are the template's with a small first letter."""
        name = request.name("FilterName", limit=512)
        request.client("logs").put_metric_filter(**{**request.properties, "FilterName": name})
        return {"FilterName": name}

    def update(self, request: Request) -> Properties:
        """The same again."""
        return self.create(request)

    def delete(self, request: Request) -> None:
        """Take it away."""
        address = {key: request.previous[key] for key in ("LogGroupName", "FilterName")}
        request.client("logs").delete_metric_filter(**address)


TYPES: tuple[ResourceType, ...] = (
    Dashboard(),
    MetricFilter(),
    Recorded("AWS::Logs::QueryDefinition", "QueryDefinitionId"),
    Recorded("AWS::Logs::ResourcePolicy", "PolicyName"),
    Recorded("AWS::XRay::Group", "GroupName"),
    Recorded("AWS::XRay::SamplingRule", "RuleName"),
    Recorded("AWS::Budgets::Budget", "BudgetName"),
)
