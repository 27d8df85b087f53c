import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Config, Market } from "../../src/api/config";
import { confirmPayment } from "../../src/ride/bank";
import type { CurrentRide } from "../../src/ride/current";
import { EndedRide } from "../../src/ride/EndedRide";
import { TripSheet } from "../../src/ride/TripSheet";
import { rideOf } from "../../src/ride/trip";
import type { TripView } from "../../src/trips/states";
import { Page } from "../page";

const MARKET = { time_zone: "America/Los_Angeles", currency: "USD" } as unknown as Market;
const ACTION = { client_secret: "pi_1_secret_2", publishable_key: "pk_test", until: "2026-10-01T18:05:00Z" };
const AT_DOUBLE = { stripe_url: "http://stripe.example" } as Config;
const PLACE = { lat: 37.7749, lng: -122.4194 };
const BANK = "http://stripe.example/3d_secure_2/hosted?payment_intent=pi_1";

let page: Page;
let config: Config;
const atStripe = vi.hoisted(() => vi.fn());
vi.mock("../../src/ride/stripe", () => ({ loadStripe: atStripe }));
vi.mock("../../src/app/Settings", () => ({ useDeployment: () => ({ config }) }));

beforeEach(() => {
	page = new Page();
	config = AT_DOUBLE;
});

afterEach(async () => {
	await page.shows(null);
	vi.unstubAllGlobals();
});

function sheet(more: Partial<TripView>) {
	const trip = { id: "t", state: "requested", version: 1, driver_id: null, quoted_amount_minor: 900, currency: "USD" };
	const nothing = () => undefined;
	return (
		<TripSheet
			ride={rideOf({ ...trip, ...more } as unknown as TripView)}
			stale={false}
			current={{} as CurrentRide}
			market={MARKET}
			names={() => null}
			again={nothing}
			newRide={nothing}
			openCards={nothing}
		/>
	);
}

test("one button confirms the payment at the bank, with what the trip tells", async () => {
	const asked: [string, RequestInit | undefined][] = [];
	vi.stubGlobal("fetch", async (address: string, options?: RequestInit) => {
		asked.push([address, options]);
		return Response.json({ next_action: { use_stripe_sdk: { stripe_js: BANK } } });
	});
	await page.shows(sheet({ payment_action: ACTION }));
	expect(page.text).toContain("Your bank wants you to confirm this payment of about $9.00.");
	expect(page.text).toContain("11:05 AM");

	await page.presses("Confirm with your bank");

	const [[intent, read], [bank, answered]] = asked as [(typeof asked)[0], (typeof asked)[0]];
	expect(intent).toBe("http://stripe.example/v1/payment_intents/pi_1?client_secret=pi_1_secret_2");
	expect(read?.headers).toEqual({ Authorization: "Bearer pk_test" });
	expect(bank).toBe(BANK);
	expect(String(answered?.body)).toBe("outcome=succeed");
	expect(page.text).toContain("Your bank has confirmed");
});

test("at Stripe its own script shows the bank's page, and its sentence if the rider does not pass", async () => {
	const handleNextAction = vi.fn(async () => ({ error: { message: "We are unable to authenticate you." } }));
	atStripe.mockResolvedValue({ handleNextAction });
	await expect(confirmPayment({ stripe_url: null } as Config, ACTION)).rejects.toThrow("unable to authenticate you");
	expect(handleNextAction).toHaveBeenCalledWith({ clientSecret: "pi_1_secret_2" });
	expect(atStripe).toHaveBeenCalledWith("pk_test");
});

test("a trip whose bank wants nothing, or has its driver looked for, waits for the driver alone", async () => {
	await page.shows(
		sheet({ payment_action: null, requested_at: "2026-10-01T18:00:00Z", pickup: PLACE, dropoff: PLACE }),
	);
	expect(page.text).not.toContain("Your bank");
});

test("a ride that was not confirmed in time says so", async () => {
	const trip = { id: "t", state: "cancelled", version: 2, driver_id: null, cancelled_by: "platform" };
	const ended = { ...trip, cancel_reason: "payment_not_confirmed", cancellation_fee_minor: 0, currency: "USD" };
	const props = { ride: rideOf(ended as unknown as TripView), market: MARKET } as never as Parameters<
		typeof EndedRide
	>[0];
	await page.shows(<EndedRide {...props} />);
	expect(page.text).toContain("it was not confirmed in time");
});
