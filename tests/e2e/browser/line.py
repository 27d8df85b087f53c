"""The WebSocket between a page and the service, which a test can cut."""

from __future__ import annotations

from playwright.async_api import Page, WebSocketRoute


class Line:
    """Lets everything through until it is cut; then no connection of the page lasts."""

    def __init__(self) -> None:
        self._open: list[WebSocketRoute] = []
        self._is_cut = False
        self.connections = 0
        """How often the page has connected since the line was put in."""

    async def between(self, page: Page) -> None:
        """Put the line between the page and the service: before the page connects."""
        await page.route_web_socket("**/*", self._connect)

    async def cut(self) -> None:
        self._is_cut = True
        while self._open:
            await self._open.pop().close()

    def mend(self) -> None:
        self._is_cut = False

    async def _connect(self, socket: WebSocketRoute) -> None:
        if self._is_cut:
            await socket.close()
            return
        self.connections += 1
        socket.connect_to_server()
        self._open.append(socket)
