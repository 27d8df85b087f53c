"""What functions may do in Redis, as the access string of their ACL user: on AWS, on a laptop and in tests.

A test holds it against the commands that the Lua scripts and the stores call. A script's own commands and keys are
checked too, so whoever takes over a function can neither read other keys nor empty, copy or configure the cluster.
"""

from __future__ import annotations

COMMANDS = frozenset(
    (
        *("get", "set", "del", "exists", "expire"),
        *("hget", "hmget", "hset", "hdel", "hexists"),
        *("lrange", "ltrim", "rpush"),
        *("sadd", "srem", "smembers"),
        *("zadd", "zrem", "zcard", "zcount", "zscore", "zmscore", "zrange", "zrevrange", "zrangebyscore"),
        *("geoadd", "geopos", "geosearch"),
        *("eval", "evalsha"),
    )
)
"""Of scripts and stores."""

OF_THE_CLIENT = frozenset(("asking", "cluster|slots", "command"))
"""Of redis-py: it asks which node has which slot, and where the keys of a command stand."""

_KEYS = "~{*}:*"
"""Those of zones (`supply/keys.py`)."""


def access() -> str:
    """The rules, in the language of `ACL SETUSER`."""
    commands = " ".join(f"+{name}" for name in sorted(COMMANDS | OF_THE_CLIENT))
    return f"on {_KEYS} resetchannels -@all {commands}"
