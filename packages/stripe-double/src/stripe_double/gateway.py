"""The handling of every API request: key, version, form, fault, idempotency, the work, the answer."""

import asyncio
import base64
import binascii
import json
from collections import deque
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from stripe_double import connections, form, time_passes, versions
from stripe_double.errors import ApiError
from stripe_double.expansion import render
from stripe_double.faults import Fault, FaultKind, Target
from stripe_double.idempotency import Answer, Keys
from stripe_double.operations import Call, Operation, account_problem, key_problem, right_problem
from stripe_double.settings import API_VERSION
from stripe_double.webhooks import Webhooks
from stripe_double.world import Object, RequestContext, World, new_id

LOGGED = 10_000


@dataclass(slots=True)
class Incoming:
    """A request as it came, and, for the log, its outcome."""

    request_id: str
    method: str
    path: str
    api_key: str | None
    version: str
    idempotency_key: str | None
    account: str | None
    encoded: str
    given: dict[str, Any]
    status: int | None = None
    replayed: bool = False
    fault: str | None = None

    @classmethod
    async def read(cls, request: Request) -> "Incoming":
        body = (await request.body()).decode(errors="replace")
        headers = request.headers
        return cls(
            request_id=new_id("req_", 14),
            method=request.method,
            path=request.url.path,
            api_key=_api_key(headers.get("authorization", "")),
            version=headers.get("stripe-version") or API_VERSION,
            idempotency_key=headers.get("idempotency-key") if request.method == "POST" else None,
            account=headers.get("stripe-account") or None,
            encoded=body if request.method == "POST" else request.url.query,
            given={},
        )

    def view(self) -> dict[str, Any]:
        return {name: value for name, value in asdict(self).items() if name not in ("api_key", "encoded")}


def _api_key(authorization: str) -> str | None:
    scheme, _, credentials = authorization.partition(" ")
    if scheme.lower() == "basic":
        with suppress(binascii.Error, UnicodeDecodeError):
            return base64.b64decode(credentials).decode().partition(":")[0]
    return credentials or None


class Gateway:
    """Serves operations of `world`, one at a time under its lock; waits happen outside the lock."""

    def __init__(self, world: World, webhooks: Webhooks) -> None:
        self._world = world
        self._webhooks = webhooks
        self._keys = Keys(world.settings.idempotency_lifetime_s)
        self.log: deque[Incoming] = deque(maxlen=LOGGED)

    def forget(self) -> None:
        self._keys.clear()
        self.log.clear()

    async def serve(self, operation: Operation, request: Request) -> Response:
        incoming = await Incoming.read(request)
        self.log.append(incoming)
        try:
            self._admit(operation, incoming)
            fault = self._fault(request, incoming)
            if fault is not None and fault.kind is FaultKind.RESET:
                return await connections.reset(request)
            _refuse_at_the_door(fault)
            answer = await self._once(operation, request, incoming, fault)
        except ApiError as error:
            return self._respond(incoming, _failed(error, incoming))
        self._webhooks.pump()
        if fault is not None and fault.kind is FaultKind.TIMEOUT_AFTER_WORK:
            return await connections.hang(request, fault.seconds)
        if fault is not None and fault.kind is FaultKind.CLOSE_AFTER_WORK:
            return await connections.close(request)
        return self._respond(incoming, answer)

    def _admit(self, operation: Operation, incoming: Incoming) -> None:
        world = self._world
        problem = key_problem(incoming.api_key, world.api_keys, public=operation.public)
        problem = problem or right_problem(incoming.api_key, operation.right, world.rights)
        problem = problem or account_problem(incoming.api_key, incoming.account, world.stores[None]["account"])
        if problem is not None:
            raise problem
        versions.check(incoming.version)
        incoming.given = form.decode(incoming.encoded)

    def _fault(self, request: Request, incoming: Incoming) -> Fault | None:
        with self._world.lock, self._world.acting_for(incoming.account):
            fault = self._world.faults.for_request(self._target(request, incoming))
        incoming.fault = fault.id if fault else None
        return fault

    def _target(self, request: Request, incoming: Incoming) -> Target:
        """The subject of the request: its own parameters first, then the object that it addresses or names."""
        given = incoming.given
        named = [request.path_params.get("id"), given.get("payment_intent"), given.get("charge")]
        subject: Object = {}
        for kind in ("payment_intent", "setup_intent", "charge", "customer", "payment_method", "refund"):
            for identifier in filter(lambda each: isinstance(each, str), named):
                subject = subject or self._world.objects[kind].get(str(identifier), {})
        metadata = {**(subject.get("metadata") or {}), **_strings(given.get("metadata"))}
        own = {subject.get("object"): subject.get("id")}
        customer = given.get("customer") or subject.get("customer") or own.get("customer")
        intent = given.get("payment_intent") or own.get("payment_intent") or subject.get("payment_intent")
        return Target(incoming.method, incoming.path, metadata, customer, intent)

    async def _once(self, operation: Operation, request: Request, incoming: Incoming, fault: Fault | None) -> Answer:
        """The stored answer of this key, or else the answer of the work, which is then stored."""
        key = incoming.idempotency_key
        with self._world.lock:
            now = self._world.clock.now()
            key = key and f"{incoming.account or ''}:{key}"
            kept = self._keys.begin(key, incoming.path, incoming.given, now) if key else None
        if kept is not None:
            incoming.replayed = True
            return kept
        answer: Answer | None = None
        try:
            if fault is not None and fault.kind is FaultKind.SLOW:
                await asyncio.sleep(fault.seconds or 0)
            answer = self._execute(operation, request, incoming, fault)
        finally:
            if key:
                self._keep(key, answer)
        return answer

    def _keep(self, key: str, answer: Answer | None) -> None:
        with self._world.lock:
            if answer is not None and answer.executed:
                self._keys.finish(key, answer)
            else:
                self._keys.abandon(key)

    def _execute(self, operation: Operation, request: Request, incoming: Incoming, fault: Fault | None) -> Answer:
        world = self._world
        with world.lock:
            time_passes.catch_up(world)
            world.context = RequestContext(incoming.request_id, incoming.idempotency_key, incoming.account)
            try:
                if fault is not None and fault.kind is FaultKind.ERROR_BEFORE_WORK:
                    raise _internal(fault)
                given, expand = operation.read(incoming.given, incoming.version)
                is_publishable = incoming.api_key not in world.api_keys
                thing = operation.run(Call(world, request.path_params, given, is_publishable))
                if fault is not None and fault.kind is FaultKind.ERROR_AFTER_WORK:
                    raise _internal(fault)
                answered = render(world, thing, operation.answers, expand)
                return Answer(200, _encode(answered), incoming.request_id)
            except ApiError as error:
                return _failed(error, incoming)
            finally:
                world.context = RequestContext()

    @staticmethod
    def _respond(incoming: Incoming, answer: Answer) -> Response:
        incoming.status = answer.status
        headers = {"Request-Id": incoming.request_id, "Stripe-Version": incoming.version, **answer.headers}
        if incoming.idempotency_key:
            headers |= {"Idempotency-Key": incoming.idempotency_key, "Original-Request": answer.request_id}
        if incoming.replayed:
            headers["Idempotent-Replayed"] = "true"
        return Response(answer.body, answer.status, headers, media_type="application/json")


def unrecognized(method: str, path: str) -> Response:
    message = f"Unrecognized request URL ({method}: {path}). Please see https://stripe.com/docs."
    error = ApiError(404, "invalid_request_error", message)
    headers = {"Request-Id": new_id("req_", 14), "Stripe-Version": API_VERSION}
    return Response(_encode(error.body), 404, headers, media_type="application/json")


def _strings(metadata: Any) -> dict[str, str]:
    return metadata if isinstance(metadata, dict) else {}


def _encode(thing: Any) -> bytes:
    return json.dumps(thing, indent=2).encode()


def _failed(error: ApiError, incoming: Incoming) -> Answer:
    return Answer(error.status, _encode(error.body), incoming.request_id, error.headers, error.executed)


def _refuse_at_the_door(fault: Fault | None) -> None:
    """Refusals of Stripe's edge, before an endpoint is reached: nothing is begun, so no answer is kept."""
    if fault is None:
        return
    if fault.kind is FaultKind.RATE_LIMIT:
        message = "Request rate limit exceeded. You can learn more about rate limits here https://stripe.com/docs/rate-limits."
        headers = {"Stripe-Rate-Limited-Reason": "global-rate"}
        raise ApiError(429, "invalid_request_error", message, executed=False, headers=headers, code="rate_limit")
    if fault.kind is FaultKind.LOCK_TIMEOUT:
        raise _locked()
    if fault.kind is FaultKind.ERROR_BEFORE_WORK and not fault.remember:
        raise _internal(fault, executed=False)


def _locked() -> ApiError:
    """Another request or process of Stripe holds the object: https://docs.stripe.com/rate-limits#object-lock-timeouts."""
    message = (
        "This object cannot be accessed right now because another API request or Stripe process is currently accessing "
        "it. If you see this error intermittently, retry the request. If you see this error frequently and are making "
        "multiple concurrent requests to a single object, make your requests serially or at a lower rate."
    )
    return ApiError(429, "invalid_request_error", message, executed=False, code="lock_timeout")


def _internal(fault: Fault, *, executed: bool = True) -> ApiError:
    """An answer of 500. Stripe advises against retrying it, since a repeat of the key gets the same answer."""
    message = "An unknown error occurred. Please try again later or contact support@stripe.com."
    headers = {"Stripe-Should-Retry": "false" if executed else "true"}
    return ApiError(fault.status, "api_error", message, executed=executed, headers=headers)
