"""What LocalStack's stores know of resources: their policies, keys and names."""

import json
from collections.abc import Callable
from typing import Any

from localstack.constants import AWS_REGION_US_EAST_1, DEFAULT_AWS_ACCOUNT_ID
from localstack.services.events.models import events_stores
from localstack.services.kms.models import kms_stores
from localstack.services.lambda_.invocation.models import lambda_stores
from localstack.services.s3.models import s3_stores
from localstack.services.sns.models import sns_stores
from localstack.services.sqs.models import sqs_stores
from localstack.services.stepfunctions.backend.store import sfn_stores
from moto.secretsmanager.models import secretsmanager_backends

from .needs import Place

MANAGED_BY_AWS = "alias/aws/"


class LocalResources:
    """Looks resources up where LocalStack has them. Nothing is kept, so nothing can be out of date."""

    def policies(self, arn: str) -> tuple[str, ...]:
        """The documents of the policies that are attached to a resource."""
        service, place, resource = _parts(arn)
        find = _POLICIES.get(service)
        document = find(place, resource) if find else None
        return (document,) if document else ()

    def key(self, place: Place, arn: str) -> str | None:
        """The ARN of the customer's key that encrypts what is in a queue, bucket, topic or secret."""
        service, own_place, resource = _parts(arn)
        find = _KEYS.get(service)
        key = find(own_place, resource) if find else None
        return self.key_named(place, key) if key and MANAGED_BY_AWS not in key else None

    def key_named(self, place: Place, key_id: str) -> str:
        """The ARN of a key by its id, alias or ARN."""
        if key_id.startswith("arn:") and ":alias/" not in key_id:
            return key_id
        name = key_id.rpartition(":")[2]
        store = kms_stores[place.account][place.region]
        if name.startswith("alias/") and (alias := store.aliases.get(name)):
            name = f"key/{alias.metadata['TargetKeyId']}"
        return place.arn("kms", name if "/" in name else f"key/{name}")

    def secret(self, place: Place, secret_id: str) -> str:
        """The ARN of a secret by its name or ARN; the given id if there is none."""
        found = secretsmanager_backends[place.account][place.region].secrets.get(secret_id)
        return str(found.arn) if found else secret_id

    def machine_of_task(self, place: Place, token: str) -> str | None:
        """The state machine that waits for a task's token. The youngest executions are looked at first."""
        for execution in reversed(list(sfn_stores[place.account][place.region].executions.values())):
            worker = execution.exec_worker
            if worker and worker.env.callback_pool_manager.get(token):
                return str(execution.state_machine.arn)
        return None

    def function_of(self, place: Place, name: str, role_arn: str) -> str | None:
        """The ARN of a function by its name, if it has the role. Lambda names a function's sessions after it."""
        found = lambda_stores[place.account][place.region].functions.get(name)
        return place.arn("lambda", f"function:{name}") if found and found.latest().config.role == role_arn else None

    def has_object(self, bucket: str, key: str) -> bool:
        """Whether a bucket has the object."""
        found = _bucket(bucket)
        return bool(found and found.objects.get(key))


def _parts(arn: str) -> tuple[str, Place, str]:
    """Service, place and resource of an ARN; of `*` nothing."""
    parts = arn.split(":", 5)
    if len(parts) < 6:
        return "", Place("", ""), arn
    return parts[2], Place(parts[4], parts[3]), parts[5]


def _queue_attribute(name: str) -> Callable[[Place, str], str | None]:
    def read(place: Place, queue: str) -> str | None:
        found = sqs_stores[place.account][place.region].queues.get(queue)
        return found.attributes.get(name) if found else None

    return read


def _topic_attribute(name: str) -> Callable[[Place, str], str | None]:
    def read(place: Place, topic: str) -> str | None:
        found = sns_stores[place.account][place.region].topics.get(place.arn("sns", topic))
        return found["attributes"].get(name) if found else None

    return read


def _function_policy(place: Place, resource: str) -> str | None:
    """A version or an alias has a policy of its own."""
    _, name, *qualifier = resource.split(":")
    function = lambda_stores[place.account][place.region].functions.get(name)
    permissions = function.permissions.get(qualifier[0] if qualifier else "$LATEST") if function else None
    return json.dumps({"Statement": permissions.policy.Statement}) if permissions else None


def _bucket(name: str) -> Any:
    """A bucket's name is the same in all accounts and regions."""
    account = s3_stores[DEFAULT_AWS_ACCOUNT_ID][AWS_REGION_US_EAST_1].global_bucket_map.get(name)
    return s3_stores[account][AWS_REGION_US_EAST_1].buckets.get(name) if account else None


def _bucket_policy(_place: Place, resource: str) -> str | None:
    bucket = _bucket(resource.partition("/")[0])
    return bucket.policy if bucket else None


def _bucket_key(_place: Place, resource: str) -> str | None:
    bucket = _bucket(resource.partition("/")[0])
    rule = (bucket.encryption_rule or {}) if bucket else {}
    return (rule.get("ApplyServerSideEncryptionByDefault") or {}).get("KMSMasterKeyID")


def _key_policy(place: Place, resource: str) -> str | None:
    key = kms_stores[place.account][place.region].keys.get(resource.removeprefix("key/"))
    return key.policy if key else None


def _secret_of(place: Place, resource: str) -> Any:
    return secretsmanager_backends[place.account][place.region].secrets.get(place.arn("secretsmanager", resource))


def _secret_policy(place: Place, resource: str) -> str | None:
    secret = _secret_of(place, resource)
    return secret.policy if secret else None


def _secret_key(place: Place, resource: str) -> str | None:
    secret = _secret_of(place, resource)
    return secret.kms_key_id if secret else None


def _bus_policy(place: Place, resource: str) -> str | None:
    bus = events_stores[place.account][place.region].event_buses.get(resource.removeprefix("event-bus/"))
    return json.dumps(bus.policy) if bus and bus.policy else None


_POLICIES: dict[str, Callable[[Place, str], str | None]] = {
    "events": _bus_policy,
    "kms": _key_policy,
    "lambda": _function_policy,
    "s3": _bucket_policy,
    "secretsmanager": _secret_policy,
    "sns": _topic_attribute("Policy"),
    "sqs": _queue_attribute("Policy"),
}
_KEYS: dict[str, Callable[[Place, str], str | None]] = {
    "s3": _bucket_key,
    "secretsmanager": _secret_key,
    "sns": _topic_attribute("KmsMasterKeyId"),
    "sqs": _queue_attribute("KmsMasterKeyId"),
}
