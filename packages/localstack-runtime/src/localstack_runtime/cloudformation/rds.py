"""`AWS::RDS`: the record of a database, and the address of the real PostgreSQL that answers in its place."""

import hashlib
from typing import Any

from .. import settings
from .resource import Properties, Recorded, Request, ResourceType

# Members that an attachment writes into a secret, by the id of the cluster or instance: the engine and its database.
DATABASES: dict[str, dict[str, Any]] = {}


def _endpoint() -> Properties:
    address = settings.postgres()
    return {"Address": address.host, "Port": str(address.port)}


def _identifier(request: Request, prop: str) -> str:
    return request.name(prop).lower()


def _unique(request: Request, prefix: str, length: int = 17) -> str:
    """An id in the form of RDS's, the same for a resource of a stack at every update."""
    digest = hashlib.sha256(f"{request.stack}/{request.logical_id}".encode()).hexdigest()
    return f"{prefix}{digest[:length]}"


def _remember(request: Request, identifier: str) -> None:
    DATABASES[identifier] = {
        "engine": str(request.properties.get("Engine", "postgres")).removeprefix("aurora-").removesuffix("ql"),
        "dbname": request.properties.get("DatabaseName") or request.properties.get("DBName"),
    }


def _cluster(request: Request) -> Properties:
    identifier = _identifier(request, "DBClusterIdentifier")
    _remember(request, identifier)
    return {
        "DBClusterIdentifier": identifier,
        "DBClusterArn": request.arn("rds", f"cluster:{identifier}"),
        "DBClusterResourceId": _unique(request, "cluster-").upper().replace("CLUSTER", "cluster"),
        "Endpoint": _endpoint(),
        "ReadEndpoint": {"Address": settings.postgres().host},
        "StorageThroughput": 0,
    }


def _instance(request: Request) -> Properties:
    identifier = _identifier(request, "DBInstanceIdentifier")
    _remember(request, identifier)
    return {
        "DBInstanceIdentifier": identifier,
        "DBInstanceArn": request.arn("rds", f"db:{identifier}"),
        "DbiResourceId": _unique(request, "db-").upper().replace("DB-", "db-"),
        "Endpoint": _endpoint(),
    }


def _proxy(request: Request) -> Properties:
    return {
        "DBProxyArn": request.arn("rds", f"db-proxy:{_unique(request, 'prx-')}"),
        "Endpoint": settings.postgres().host,
        "VpcId": "",
    }


def _target_group(request: Request) -> Properties:
    name = request.properties.get("TargetGroupName", "default")
    arn = request.arn("rds", f"target-group:{_unique(request, 'prx-tg-')}")
    return {"TargetGroupName": name, "TargetGroupArn": arn}


def _proxy_endpoint(request: Request) -> Properties:
    arn = request.arn("rds", f"db-proxy-endpoint:{_unique(request, 'prx-endpoint-')}")
    return {"DBProxyEndpointArn": arn, "Endpoint": settings.postgres().host}


def _group(kind: str, prop: str) -> Recorded:
    return Recorded(f"AWS::RDS::{kind}", prop, lambda request: {prop: _identifier(request, prop)}, (prop,))


TYPES: tuple[ResourceType, ...] = (
    Recorded("AWS::RDS::DBCluster", "DBClusterIdentifier", _cluster, ("DBClusterIdentifier", "DatabaseName", "Engine")),
    Recorded(
        "AWS::RDS::DBInstance", "DBInstanceIdentifier", _instance, ("DBInstanceIdentifier", "DBClusterIdentifier")
    ),
    Recorded("AWS::RDS::DBProxy", "DBProxyName", _proxy, ("DBProxyName", "EngineFamily", "VpcSubnetIds")),
    Recorded("AWS::RDS::DBProxyTargetGroup", "TargetGroupName", _target_group, ("DBProxyName", "TargetGroupName")),
    Recorded("AWS::RDS::DBProxyEndpoint", "DBProxyEndpointName", _proxy_endpoint, ("DBProxyEndpointName",)),
    _group("DBSubnetGroup", "DBSubnetGroupName"),
    _group("DBClusterParameterGroup", "DBClusterParameterGroupName"),
    _group("DBParameterGroup", "DBParameterGroupName"),
)
