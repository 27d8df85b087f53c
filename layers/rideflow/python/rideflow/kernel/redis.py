"""Redis in cluster mode: one client per execution environment, Lua scripts read from files."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from importlib import resources
from typing import Any

from redis.backoff import NoBackoff
from redis.cluster import RedisCluster
from redis.credentials import CredentialProvider
from redis.exceptions import ClusterError, NoScriptError, RedisClusterException, RedisError
from redis.maint_notifications import MaintNotificationsConfig
from redis.retry import Retry

from rideflow.kernel.certificates import authorities
from rideflow.kernel.errors import UnavailableError
from rideflow.kernel.iam_tokens import cache_token
from rideflow.kernel.settings import RedisSettings


class RedisUnavailableError(UnavailableError):
    """Redis did not answer. It is not known whether the script ran, so scripts may be repeated."""

    code = "redis_unavailable"


@contextmanager
def answering() -> Iterator[None]:
    """Raise Redis's errors as `RedisUnavailableError`."""
    try:
        yield
    except (RedisError, RedisClusterException) as error:
        raise RedisUnavailableError("The index of drivers does not answer; please try again.") from error


class Script:
    """A Lua script. It is called by its digest, and sent in full only to a node that does not know it.

    All its keys share one `{zone}` tag, so a cluster runs it on one node, in one round trip.
    """

    def __init__(self, package: str, name: str) -> None:
        self.text = resources.files(package).joinpath("lua", f"{name}.lua").read_text(encoding="utf-8")
        self.digest = hashlib.sha1(self.text.encode(), usedforsecurity=False).hexdigest()

    def __call__(self, redis: RedisCluster, keys: list[str], arguments: list[Any]) -> Any:
        """Raises `RedisUnavailableError`."""
        with answering():
            return self._run(redis, keys, arguments)

    def _run(self, redis: RedisCluster, keys: list[str], arguments: list[Any]) -> Any:
        try:
            return redis.evalsha(self.digest, len(keys), *keys, *arguments)
        except NoScriptError:
            return redis.eval(self.text, len(keys), *keys, *arguments)


@cache
def script(package: str, name: str) -> Script:
    """The script `lua/<name>.lua` of the package, read once."""
    return Script(package, name)


class _Cluster(RedisCluster):
    """A client that connects on first use, and again after it has lost the cluster.

    redis-py replaces the configuration endpoint by the nodes that it found there, and never looks again for the master
    of a slot that had none. After all nodes were replaced, or a slot had no master for a moment, it would fail for as
    long as the execution environment lives, which may be hours.
    """

    def __init__(self, **options: Any) -> None:
        self._options = options

    def __getattr__(self, name: str) -> Any:
        """Connect, and return the attribute: only a connected client has it."""
        if name.startswith("__") or "_options" not in vars(self) or self._is_connected:
            raise AttributeError(name)
        super().__init__(**self._options)
        return object.__getattribute__(self, name)

    def execute_command(self, *arguments: Any, **options: Any) -> Any:
        try:
            return super().execute_command(*arguments, **options)  # type: ignore[no-untyped-call]
        except LookupError as error:  # the node knows no master at all
            self.close()
            raise RedisClusterException("The cluster has no masters.") from error
        except (ClusterError, RedisClusterException):
            self.close()
            raise

    def determine_slot(self, *arguments: Any) -> int | None:
        """The slot of a script's first key: its keys share one tag. redis-py would hash each one twice a call."""
        if arguments[0] in {"EVALSHA", "EVAL"} and arguments[2]:
            return int(self.keyslot(arguments[3]))  # type: ignore[no-untyped-call]
        return super().determine_slot(*arguments)

    def close(self) -> None:
        """Disconnect. The next use connects again."""
        if self._is_connected:
            super().close()
            vars(self).pop("nodes_manager", None)

    @property
    def _is_connected(self) -> bool:
        return "nodes_manager" in vars(self)


_ONE_ROUND_TRIP: Mapping[str, Any] = {
    "driver_info": None,
    "maint_notifications_config": MaintNotificationsConfig(enabled=False),
}
"""A connection is opened by one command, which also signs in. redis-py would then tell its name, its version and that
it takes notices of maintenance, each in a round trip; ElastiCache sends no such notices."""


class _IamTokens(CredentialProvider):
    """A token for each connection. ElastiCache closes a connection after 12 hours; the client then opens another."""

    def __init__(self, settings: RedisSettings) -> None:
        self._settings = settings

    def get_credentials(self) -> tuple[str, str]:
        return self._settings.user, cache_token(self._settings.name, self._settings.user)


def connect(settings: RedisSettings, *, timeout_s: float = 1, retries: int = 1) -> RedisCluster:
    """A cluster client. Replies are bytes: positions are numbers, and decoding them as text would cost time.

    A node that hangs costs a call two seconds: a timeout, a look-up of the master at the other nodes, and another
    timeout. If some slots have no master, the zones in the other slots are still served.
    """
    return _Cluster(
        host=settings.host,
        port=settings.port,
        **(
            {"credential_provider": _IamTokens(settings), "ssl": True, "ssl_ca_certs": authorities()}
            if settings.auth == "iam"
            else {"username": settings.user}
        ),
        socket_timeout=timeout_s,
        socket_connect_timeout=timeout_s,
        retry=Retry(NoBackoff(), retries),
        require_full_coverage=False,
        **_ONE_ROUND_TRIP,
    )


@cache
def redis_cluster() -> RedisCluster:
    """The Redis cluster of this execution environment."""
    return connect(RedisSettings.from_environment())
