"""Puts the CDK app on the running local stack: the templates of production, with values of the local stage."""

import json
import os
import re
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from local import cdk
from local.emulators import local_client
from local.locks import Lock, LockedError
from local.paths import CONSOLE_BUILD, StackFolder
from local.record import Outputs, StackRecord
from local.steps import Detail

# RideFlow-local-api | 12/40 | 7:32:15 AM | CREATE_COMPLETE | AWS::SQS::Queue | Q (Q63C6E3AB); without a total at first
EVENT = re.compile(r"^(?P<stack>\S+) \|\s*(?P<done>\d+)(?P<total>/\s*\d+)? \|[^|]*\| \S+\s*\| (?P<type>AWS::\S+)")
# What LocalStack's runtime gives as the reason of an event if a resource is recorded and nothing runs behind it.
NOTICE = re.compile(r"Without effect here: (?P<why>.+)$")
WEBHOOK_PATH = "/v1/webhooks/stripe"


@contextmanager
def one_at_a_time(folder: StackFolder) -> Iterator[None]:
    """Two deploys of one stack would change each other's resources. Raises `cdk.CdkError`."""
    try:
        lock = Lock(folder.deploy_lock)
    except LockedError:
        raise cdk.CdkError("Another deploy to this stack is at work; try again when it is done.") from None
    try:
        yield
    finally:
        lock.release()


def synth_local(record: StackRecord, app: Path, folder: StackFolder) -> None:
    """Write the cloud assembly with the addresses that only the local stage needs."""
    addresses = {"stage": "local", "endpoint_url": record.endpoint_url, "stripe_api_base": record.stripe_url}
    cdk.synth(app, folder.assembly, addresses | cdk.further_markets(), folder.log("cdk"), folder.scratch)


def deploy_local(record: StackRecord, folder: StackFolder, detail: Detail) -> StackRecord:
    """Deploy what `synth_local` wrote. Returns the record with the deployed addresses, and saves it.

    Types of resources that have no effect here are the result in `detail`.
    """
    outputs_file = folder.state / "outputs.json"
    events = Events(detail)
    cdk.deploy_local(folder.assembly, record.endpoint_url, outputs_file, folder.log("cdk"), events.read)
    detail.result = events.without_effect
    # CDK's command line writes down no stack that has no outputs.
    outputs: Outputs = {stack: {} for stack in cdk.stacks(folder.assembly)} | json.loads(outputs_file.read_text())
    deployed = record.deployed(outputs)
    deployed.save(folder.record)
    return deployed


def release_local(record: StackRecord, detail: Callable[[str], None]) -> str:
    """Let what was deployed answer. Returns the release's name."""
    from local.cloud import local_cloud
    from local.releases.deployer import deployer_of

    return deployer_of(local_cloud(record), detail).release()


def publish_console(record: StackRecord) -> None:
    """Let browsers have the console that set-up built. An app without one has nothing to publish."""
    from local.cloud import local_cloud
    from local.console.basemaps import BASEMAP_VARIABLE
    from local.console.content import StripeForBrowsers
    from local.console.publishing import publish

    if not record.console_url:
        return
    double = record.stripe_url if record.uses_stripe_double else None
    basemap = os.environ.get(BASEMAP_VARIABLE) or record.basemap
    publish(
        local_cloud(record),
        CONSOLE_BUILD,
        stripe=StripeForBrowsers(record.stripe_publishable_key, double),
        further_markets=cdk.further_folder(),
        basemap=Path(basemap) if basemap else None,
    )


class Events:
    """Reads the events of stacks as the CDK command line prints them."""

    def __init__(self, detail: Callable[[str], None]) -> None:
        self._detail = detail
        self._notices: dict[str, str] = {}

    def read(self, line: str) -> None:
        """Report how far the stack of the event is."""
        if not (event := EVENT.match(line)):
            return
        self._detail(f"{event['stack']} {event['done']}{(event['total'] or '').replace(' ', '')} {event['type']}")
        if notice := NOTICE.search(line):
            self._notices[event["type"]] = notice["why"].strip()

    @property
    def without_effect(self) -> str:
        """The types of resources behind which nothing runs, each with the reason."""
        return "; ".join(f"without effect here: {kind} ({why})" for kind, why in sorted(self._notices.items()))


def introduce_stripe(record: StackRecord) -> None:
    """Give the functions Stripe's keys, and Stripe the address of the webhook. Repeating it changes nothing."""
    if arn := record.output("StripeSecretArn"):
        _fill_secret(record, arn)
    if record.rest_url and record.uses_stripe_double:
        _register_webhook(record)


def _fill_secret(record: StackRecord, arn: str) -> None:
    keys = {
        "api_key": record.stripe_api_key,
        "publishable_key": record.stripe_publishable_key,
        "webhook_secret": record.stripe_webhook_secret,
    }
    local_client("secretsmanager", record.endpoint_url).put_secret_value(SecretId=arn, SecretString=json.dumps(keys))


def _register_webhook(record: StackRecord) -> None:
    url = record.rest_url + WEBHOOK_PATH
    if url not in webhooks(record):
        _stripe(record, "POST", {"url": url, "enabled_events[]": "*"})


def webhooks(record: StackRecord) -> list[str]:
    """The webhook's address, to which Stripe's double sends its events."""
    return [endpoint["url"] for endpoint in _stripe(record, "GET")["data"]]


def _stripe(record: StackRecord, method: str, form: dict[str, str] | None = None) -> dict[str, list[dict[str, str]]]:
    request = urllib.request.Request(  # noqa: S310
        f"{record.stripe_url}/v1/webhook_endpoints",
        method=method,
        data=urllib.parse.urlencode(form).encode() if form else None,
        headers={"Authorization": f"Bearer {record.stripe_api_key}"},
    )
    with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
        body: dict[str, list[dict[str, str]]] = json.load(answer)
    return body
