"""`AWS::Scheduler::Schedule`, kept by moto and fired by this package."""

from dataclasses import dataclass

from .resource import Properties, Request, ResourceType


@dataclass(frozen=True)
class Schedule:
    """A schedule of EventBridge Scheduler."""

    type_name: str = "AWS::Scheduler::Schedule"
    identifier: str = "Name"
    create_only: tuple[str, ...] = ("Name", "GroupName")

    def create(self, request: Request) -> Properties:
        """The schedule counts from now on."""
        name = request.name("Name", limit=64)
        answer = request.client("scheduler").create_schedule(**{**request.properties, "Name": name})
        return {"Name": name, "Arn": answer["ScheduleArn"]}

    def update(self, request: Request) -> Properties:
        """Settings that the template no longer has go back to their defaults, as with the API."""
        name = request.previous["Name"]
        answer = request.client("scheduler").update_schedule(**{**request.properties, "Name": name})
        return {"Name": name, "Arn": answer["ScheduleArn"]}

    def delete(self, request: Request) -> None:
        """It may have deleted itself after its last run."""
        address = {key: request.previous[key] for key in ("Name", "GroupName") if key in request.previous}
        request.client("scheduler").delete_schedule(**address)


TYPES: tuple[ResourceType, ...] = (Schedule(),)
