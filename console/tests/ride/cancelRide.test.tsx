import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Market } from "../../src/api/config";
import { CancelRide } from "../../src/ride/CancelRide";
import type { CurrentRide } from "../../src/ride/current";
import { EndedRide } from "../../src/ride/EndedRide";
import type { TripProps } from "../../src/ride/TripSheet";
import { type Ride, rideOf } from "../../src/ride/trip";
import type { TripView } from "../../src/trips/states";
import { refusal } from "../doubles";
import { Page } from "../page";

const ASSIGNED = Date.UTC(2026, 9, 1, 18);
const MARKET = {
	currency: "USD",
	time_zone: "America/Los_Angeles",
	cancellation: { fee_minor: 500, grace_s: 120 },
} as unknown as Market;

let page: Page;
const cancel = vi.fn(async () => undefined);

beforeEach(() => {
	vi.useFakeTimers({ now: ASSIGNED });
	page = new Page();
	cancel.mockClear();
});

afterEach(async () => {
	await page.shows(null);
	vi.useRealTimers();
	vi.unstubAllGlobals();
});

function ride(more: Partial<TripView> = {}): Ride {
	return rideOf({
		id: "t",
		state: "driver_assigned",
		version: 3,
		driver_id: "d",
		vehicle: null,
		assigned_at: new Date(ASSIGNED).toISOString(),
		quoted_amount_minor: 900,
		final_amount_minor: null,
		cancellation_fee_minor: 0,
		cancelled_by: null,
		cancel_reason: null,
		currency: "USD",
		...more,
	} as unknown as TripView);
}

async function asks(of: Ride): Promise<string> {
	const current = { cancel } as unknown as CurrentRide;
	await page.shows(<CancelRide ride={of} current={current} market={MARKET} />);
	await page.presses("Cancel the ride");
	expect(cancel).not.toHaveBeenCalled();
	return page.one("dialog").text;
}

test.each([
	["before a driver has it", 0, { state: "matching", assigned_at: null }, "so it costs nothing."],
	["soon after the assignment", 119_000, {}, "costs nothing until 11:02 AM. Later, it may cost $5.00."],
	["later", 120_000, {}, "It costs $5.00 if the driver has come nearer or is here"],
	["for less than the fee", 120_000, { quoted_amount_minor: 320 }, "It costs $3.20 if"],
	["while the assignment is not known", 0, { assigned_at: null }, "Later, a fee may be charged."],
] as const)("a ride is cancelled only after its cost is told: %s", async (_, ms, more, told) => {
	vi.setSystemTime(ASSIGNED + ms);
	expect(await asks(ride(more as Partial<TripView>))).toContain(told);
	const [, confirm] = page.named("button", "Cancel the ride");
	if (confirm) await page.presses(confirm, 2);
	expect(cancel).toHaveBeenCalledOnce();
});

test("a rider may keep the ride, and is told if it is too late to cancel", async () => {
	await asks(ride());
	await page.presses("Keep the ride");
	expect([page.named("dialog", ""), cancel.mock.calls]).toEqual([[], []]);
	cancel.mockRejectedValueOnce(refusal(409, "trip_not_active"));
	await page.presses("Cancel the ride");
	const [, confirm] = page.named("button", "Cancel the ride");
	if (confirm) await page.presses(confirm);
	expect(page.text).toContain("Refused: trip_not_active.");
});

async function ended(of: Ride): Promise<string> {
	const none = { again: () => undefined, newRide: () => undefined, openCards: () => undefined };
	await page.shows(<EndedRide {...({ ride: of, ...none } as unknown as TripProps)} />);
	return page.text;
}

test("the fee of a cancelled ride is told, and nothing of it before the trip was read", async () => {
	const cancelled = ride({ state: "cancelled", cancelled_by: "driver", cancel_reason: "rider_no_show" });
	expect(await ended(cancelled)).toContain("Nothing is charged.");
	const charged = { ...cancelled, trip: { ...cancelled.trip, cancellation_fee_minor: 500 } };
	expect(await ended(charged)).toContain("The fee is $5.00.");
	const heard = await ended({ ...ride(), state: "cancelled", version: 4 });
	expect(heard).not.toContain("Nothing is charged");
	expect(heard).toContain("If there is a fee, it is shown in a moment.");
});

test("the debt of a declined ride is its fare, and not the quote before that is known", async () => {
	expect(await ended(ride({ state: "payment_failed", final_amount_minor: 820 }))).toContain("You owe $8.20.");
	expect(await ended({ ...ride(), state: "payment_failed", version: 9 })).not.toContain("You owe");
});
