"""`AWS::Events::Archive`, which LocalStack keeps but has no type for."""

import json
from dataclasses import dataclass

from .resource import Properties, Request, ResourceType


@dataclass(frozen=True)
class Archive:
    """An archive of a bus's events."""

    type_name: str = "AWS::Events::Archive"
    identifier: str = "ArchiveName"
    create_only: tuple[str, ...] = ("ArchiveName", "SourceArn")

    def create(self, request: Request) -> Properties:
        """The API's parameters have the template's names, except for the source of the events."""
        name = request.name("ArchiveName", limit=48)
        answer = request.client("events").create_archive(
            **self._parameters(request), ArchiveName=name, EventSourceArn=request.properties["SourceArn"]
        )
        return {"ArchiveName": name, "Arn": answer["ArchiveArn"]}

    def update(self, request: Request) -> Properties:
        """Description, pattern and retention."""
        name = request.previous["ArchiveName"]
        request.client("events").update_archive(**self._parameters(request), ArchiveName=name)
        return {"ArchiveName": name, "Arn": request.previous["Arn"]}

    def delete(self, request: Request) -> None:
        """With its events."""
        request.client("events").delete_archive(ArchiveName=request.previous["ArchiveName"])

    @staticmethod
    def _parameters(request: Request) -> Properties:
        given = {name: request.properties.get(name) for name in ("Description", "RetentionDays")}
        pattern = request.properties.get("EventPattern")
        given["EventPattern"] = json.dumps(pattern) if isinstance(pattern, dict) else pattern
        return {name: value for name, value in given.items() if value is not None}


TYPES: tuple[ResourceType, ...] = (Archive(),)
