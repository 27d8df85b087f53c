"""What riders, drivers and operators do on the console's pages, by the names that a screen reader says."""

from __future__ import annotations

from uuid import uuid4

from playwright.async_api import Page, expect

from simulation.people import password

WITHIN_MS = 60_000
"""A first request to a function of the local stack starts its process."""

_CODE = "123456"


async def sign_up(page: Page, name: str) -> None:
    """Open an account at the door of the rider's or the driver's page."""
    await page.get_by_label("Name").fill(name)
    await page.get_by_label("E-mail").fill(f"{uuid4().hex[:12]}@example.com")
    await page.get_by_label("Password").fill(password())
    await page.get_by_role("button", name="Sign up").click()
    await page.get_by_label("Code").fill(_CODE, timeout=WITHIN_MS)
    await page.get_by_role("button", name="Confirm").click()


async def sign_in(page: Page, email: str, secret: str) -> None:
    await page.get_by_label("E-mail").fill(email)
    await page.get_by_label("Password").fill(secret)
    await page.get_by_role("button", name="Sign in").click()


class RiderActs:
    """A signed-in rider's."""

    def __init__(self, page: Page) -> None:
        self.page = page

    async def choose(self) -> None:
        """From a place to the east of the city's middle, where drivers begin, to the north, by keys alone."""
        await expect(self.page.get_by_role("button", name="Set pickup here")).to_be_enabled(timeout=WITHIN_MS)
        ground = self.page.get_by_role("region", name="Enter sets the pickup")
        for key in ["=", "ArrowRight", "Enter"]:
            await ground.press(key)
        ground = self.page.get_by_role("region", name="Enter sets the dropoff")
        for key in ["ArrowUp", "Enter"]:
            await ground.press(key)
        await expect(self.page.get_by_role("heading", name="Choose your ride")).to_be_visible()

    async def add_card(self, named: str = "4242") -> None:
        """Add the test card whose name has this part, such as its last four digits."""
        await self.page.get_by_role("button", name="Add a card to ride").click(timeout=WITHIN_MS)
        await self.page.get_by_role("dialog").get_by_role("radio", name=named).check(force=True)
        await self.page.get_by_role("dialog").get_by_role("button", name="Add the card").click()
        await expect(self.page.get_by_role("dialog")).to_be_hidden(timeout=WITHIN_MS)

    async def request(self) -> None:
        await self.page.get_by_role("button", name="Request for").click(timeout=WITHIN_MS)

    async def confirm_payment(self) -> None:
        """With the bank, which wants the rider before it holds the fare."""
        await self.page.get_by_role("button", name="Confirm with your bank").click(timeout=WITHIN_MS)

    async def pin(self) -> str:
        """The PIN that the rider reads out at the car."""
        return await self.page.get_by_test_id("pin").inner_text(timeout=WITHIN_MS)

    async def rate(self, stars: int) -> None:
        await self.page.get_by_role("radio", name=f"{stars} star").check(force=True)
        await self.page.get_by_role("button", name="Send the rating").click()


class DriverActs:
    """A signed-in driver's."""

    def __init__(self, page: Page) -> None:
        self.page = page

    async def hand_in_papers(self, name: str) -> str:
        """Tell about oneself and a car; returns the driver's id, which an operator verifies."""
        plate = uuid4().hex[:7].upper()
        await self._fill({"Name": name, "Phone": "+14155550100", "Driving licence": f"D{plate}"})
        await self.page.get_by_role("button", name="Register").click()
        car = {"Licence plate": plate, "Make": "Toyota", "Model": "Prius", "Model year": "2023", "Colour": "silver"}
        await self._fill(car)
        await self.page.get_by_role("button", name="Add vehicle").click()
        told = self.page.get_by_role("definition").first
        return (await told.inner_text(timeout=WITHIN_MS)).split()[0]

    async def go_online(self) -> None:
        await self.page.get_by_role("button", name="Go online").click(timeout=WITHIN_MS)
        await expect(self.page.get_by_role("heading", name="Waiting for a trip")).to_be_visible(timeout=WITHIN_MS)

    async def go_offline(self) -> None:
        await self.page.get_by_role("button", name="Go offline").click()
        await expect(self.page.get_by_role("heading", name="You are offline")).to_be_visible(timeout=WITHIN_MS)

    async def accept(self) -> None:
        await self.page.get_by_role("button", name="Accept").click(timeout=WITHIN_MS)

    async def let_it_drive(self) -> None:
        """From here on the car drives itself, at the highest pace, to wherever the trip needs it."""
        await self.page.get_by_role("radio", name="10").check(force=True)
        await self.page.get_by_role("button", name="Drive there").click()

    async def come_to(self, end: str) -> None:
        """Wait until the page says that the car is at the pickup, or the dropoff."""
        there = self.page.get_by_role("heading", name=f"You are at the {end}")
        await expect(there).to_be_visible(timeout=3 * WITHIN_MS)

    async def start(self, pin: str) -> None:
        await self.page.get_by_role("button", name="I have arrived").click()
        await self.page.get_by_label("PIN of four digits").fill(pin, timeout=WITHIN_MS)
        await self.page.get_by_role("button", name="Start ride").click()

    async def complete(self) -> None:
        await self.page.get_by_role("button", name="Complete ride").click()

    async def _fill(self, values: dict[str, str]) -> None:
        for label, value in values.items():
            await self.page.get_by_label(label, exact=True).fill(value, timeout=WITHIN_MS)


class OperatorActs:
    """A signed-in operator's, on the live map."""

    def __init__(self, page: Page) -> None:
        self.page = page

    async def verify(self, driver_id: str) -> None:
        form = self.page.get_by_role("form", name="Verify a driver")
        await form.get_by_label("Driver's id").fill(driver_id, timeout=WITHIN_MS)
        await form.get_by_role("button", name="Papers are in order").click()
        await expect(form.get_by_role("status")).to_contain_text("may drive", timeout=WITHIN_MS)

    async def shown(self) -> dict[str, int]:
        """How many drivers, requests and trips the map shows; empty before it shows a snapshot."""
        told = await self.page.get_by_test_id("map").evaluate("element => ({ ...element.dataset })")
        return {name: int(told[name]) for name in ("drivers", "requests", "trips") if name in told}
