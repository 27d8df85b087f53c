"""Keeps LocalStack off the network: it listens on all addresses, although it is configured with one."""

from typing import Any

from localstack.runtime.server import twisted as server
from twisted.internet import endpoints

LOOPBACK = "127.0.0.1"


class LoopbackEndpoint(endpoints.TCP4ServerEndpoint):  # type: ignore[misc]
    """A server socket on the loopback interface, in place of the requested interface."""

    def __init__(self, reactor: Any, port: int, backlog: int = 512, interface: str = LOOPBACK) -> None:  # noqa: ARG002
        super().__init__(reactor, port, backlog=backlog, interface=LOOPBACK)


def install() -> None:
    """Make the gateway open its server socket on loopback."""

    class Endpoints:
        TCP4ServerEndpoint = LoopbackEndpoint
        TCP6ServerEndpoint = endpoints.TCP6ServerEndpoint

    server.endpoints = Endpoints
