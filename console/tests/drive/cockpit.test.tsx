import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Market } from "../../src/api/config";
import type { Rest } from "../../src/api/rest";
import { standing } from "../../src/drive/car";
import DriverPage from "../../src/drive/DriverPage";
import { type Remembered, remember, remembered } from "../../src/drive/remembered";
import type { TripState } from "../../src/trips/states";
import { LiveDouble, RestDouble, refusal, stubStorage } from "../doubles";
import { Page } from "../page";

const ME = "11111111-1111-4111-8111-111111111111";
const TRIP = "22222222-2222-4222-8222-222222222222";
const NEXT = "33333333-3333-4333-8333-333333333333";
const PICKUP = { lat: 37.7749, lng: -122.4194 };
const DROPOFF = { lat: 37.7849, lng: -122.4094 };
const MARKET = {
	id: "san_francisco",
	name: "San Francisco",
	currency: "CAD",
	time_zone: "America/Los_Angeles",
	view: { ...PICKUP, zoom: 12 },
	products: [{ id: "economy", name: "Economy", seats: 4 }],
	vehicle_classes: ["standard"],
	areas: { type: "FeatureCollection", features: [] },
} as unknown as Market;
const CANCEL = "POST /v1/trips/{trip_id}/cancel";
const DONE = { state: "paid", completed_at: "2026-10-01T17:00:00Z", ended_at: null, cancellation_fee_minor: 0 };

const session = { subscribe: () => () => undefined, signedIn: false };
let person: { session: typeof session; rest: Rest; live: LiveDouble["live"]; signedIn: boolean };
vi.mock("../../src/app/person", () => ({ usePerson: () => person }));
vi.mock("../../src/app/Settings", () => ({
	useDeployment: () => ({ config: { stage: "local" }, markets: [MARKET] }),
}));
vi.mock("../../src/design/theme", () => ({ useTheme: () => "light" }));
vi.mock("../../src/map/useMap", () => ({ useMap: () => ({ map: null, failed: false }) }));

let page: Page;
let service: RestDouble;
let line: LiveDouble;
let kept: Map<string, string>;
let clocks: Clock[];
let online: boolean;

class Clock {
	onmessage = () => undefined as unknown;
	isStopped = false;

	constructor() {
		clocks.push(this);
	}

	terminate(): void {
		this.isStopped = true;
	}
}

beforeEach(async () => {
	vi.useFakeTimers({ now: Date.UTC(2026, 9, 1, 18) });
	page = new Page();
	kept = stubStorage("sessionStorage");
	stubStorage("localStorage");
	clocks = [];
	vi.stubGlobal("Worker", Clock);
	service = new RestDouble();
	line = new LiveDouble();
	online = true;
	const vehicles = [{ id: "v", make: "Toyota", model: "Prius", plate: "7ABC123", colour: "silver" }];
	const me = { id: ME, state: "verified", vehicles, vehicle_id: "v", accepted_payments: ["credit"], rating: null };
	service.answer("GET /v1/drivers/me", () => ({ ...me, online, online_since: "2026-10-01T17:30:00Z" }));
	service.answer("GET /v1/trips", () => ({ trips: [], next_cursor: null }));
	line.answerBy = (action) => (action.action === "sync" ? { trip: null, events: [], promised: null } : undefined);
});

afterEach(async () => {
	await page.shows(null);
	vi.useRealTimers();
	vi.unstubAllGlobals();
});

async function signs(way: "in" | "out"): Promise<void> {
	person = { session, rest: service.rest, live: line.live, signedIn: way === "in" };
	await page.shows(<DriverPage />);
	await page.does(async () => line.links("open"));
}

async function ticks(ms: number): Promise<void> {
	await page.settled(ms);
	await page.does(async () => clocks.at(-1)?.onmessage());
}

async function isOffered(trip_id = TRIP): Promise<void> {
	const [offered_at = "", expires_at = ""] = [0, 15_000].map((ms) => new Date(Date.now() + ms).toISOString());
	const fare = { amount_minor: 920, currency: "USD" };
	const offer = {
		trip_id,
		pickup: PICKUP,
		dropoff: DROPOFF,
		product: "economy",
		fare,
		offered_at,
		expires_at,
	} as const;
	await page.does(async () => line.push("trip.offer", { ...offer, pickup_distance_m: 800, pickup_eta_s: 120 }));
}

async function isInHand(state: TripState, version: number, more: object = {}): Promise<void> {
	const trip = { id: TRIP, driver_id: ME, state, version, pickup: PICKUP, dropoff: DROPOFF, pin: "4321" };
	const told = { product: "economy", quoted_amount_minor: 920, currency: "USD", arrived_at: null };
	service.answer("GET /v1/trips/{trip_id}", () => ({ ...trip, ...told, ...more }));
	const update = { trip_id: TRIP, driver_id: ME, state, version, at: new Date().toISOString() };
	await page.does(async () => line.push("trip.updated", update));
}

/** What was asked over the WebSocket about an offer. */
function answered(): string[] {
	return line.asked.flatMap((each) => ("trip_id" in each && each.trip_id ? `${each.action} ${each.trip_id}` : []));
}

describe("an offer on the page", () => {
	beforeEach(async () => {
		await signs("in");
		await isOffered();
	});

	test("says its fare and the seconds that are left, and is gone when they are over", async () => {
		expect(page.text).toContain("$9.20");
		await ticks(10_000);
		expect(page.one("div", "5 seconds left").attributes.get("data-late")).toBe("true");
		await ticks(5_000);
		expect(page.named("button", "Accept")).toEqual([]);
	});

	test.each([
		["a", "offer.accept"],
		["D", "offer.decline"],
	])("is answered by the key %s", async (key, action) => {
		await page.types(page.one("section", "A trip for you"), key);
		expect(answered()).toEqual([`${action} ${TRIP}`]);
	});

	test.each([{ ctrlKey: true }, { metaKey: true }, { altKey: true }, { repeat: true }])(
		"is not answered by a key that means something else: %o",
		async (more) => {
			await page.types(page.one("section", "A trip for you"), "a", more);
			expect(answered()).toEqual([]);
		},
	);

	test("is accepted once by a driver who taps twice", async () => {
		line.answerBy = () => ({ trip_id: TRIP, promised_until: null });
		service.answer("GET /v1/trips/{trip_id}", () => refusal(503, "failed"));
		await page.presses("Accept", 2);
		expect(answered()).toEqual([`offer.accept ${TRIP}`]);
		expect(page.text).toContain("You are at the pickup");
	});
});

describe("a trip on the page", () => {
	beforeEach(async () => {
		await signs("in");
	});

	test("never shows the rider's PIN, and sends what the rider said", async () => {
		for (const [number, state] of (["driver_assigned", "driver_arrived"] as const).entries()) {
			await isInHand(state, 3 + number);
			expect(page.text).not.toContain("4321");
		}
		expect(page.document.title + [...kept].join()).not.toContain("4321");
		service.answer("POST /v1/trips/{trip_id}/start", () => refusal(422, "wrong_pin"));
		await page.fills(page.one("input"), "98 76 5");
		await page.submits(page.one("form"), 2);
		expect(service.bodies("POST /v1/trips/{trip_id}/start")).toEqual([{ pin: "9876" }]);
		expect(page.text).toContain("Refused: wrong_pin.");
	});

	test("says that the car is there once it is", async () => {
		await isInHand("driver_assigned", 3, {});
		expect(page.text).toContain("You are at the pickup");
		await isInHand("in_progress", 5);
		expect(page.text).toContain("Drive to the dropoff");
		expect(page.one("strong", "min").text).toBe("4 min");
	});

	test("is handed back after a question only", async () => {
		service.answer(CANCEL, () => ({ id: TRIP, driver_id: null, state: "matching", version: 4 }));
		await isInHand("driver_assigned", 3);
		await page.presses("I cannot take this trip");
		expect(page.one("dialog").text).toContain("The rider waits longer and pays nothing for that");
		expect(service.bodies(CANCEL)).toEqual([]);
		await page.presses("Hand back", 2);
		expect(service.bodies(CANCEL)).toEqual([{ reason: null }]);
		expect(page.text).toContain("You handed the trip back.");
	});

	test("whose card was declined is told so, and is not said to be settled", async () => {
		await isInHand("in_progress", 5);
		await isInHand("payment_failed", 7);
		expect(page.text).toContain("The rider's card was declined.");
		expect(page.text).not.toContain("being settled");
	});
});

test("the day is that of the market, in its currency, of all pages of trips", async () => {
	vi.setSystemTime(new Date("2026-10-02T02:00:00Z")); // seven in the evening of 1 October
	const ride = { ...DONE, driver_id: ME, currency: "CAD", final_amount_minor: 1000, driven_distance_m: 2000 };
	const trips = [{ ...ride, id: "a" }];
	service.answer("GET /v1/trips", () => {
		service.answer("GET /v1/trips", () => ({ trips: [{ ...ride, id: "b" }], next_cursor: null }));
		return { trips, next_cursor: "older" };
	});
	await signs("in");
	await page.presses("today");
	expect(page.one("dialog").text).toContain("CA$20.002 rides");
	expect(page.named("li", "10:00 AM").map((each) => each.text)).toEqual(Array(2).fill("10:00 AM2.0 kmCA$10.00"));
});

describe("a sign-out", () => {
	test("waits until the driver is offline", async () => {
		await signs("in");
		await page.presses("today");
		expect(page.button("Sign out").attributes.has("disabled")).toBe(true);
		expect(page.text).toContain("To sign out, go offline first.");
	});

	test("leaves nothing of the driver's work for the next person, also if an answer comes late", async () => {
		await signs("in");
		await isOffered(NEXT);
		await isInHand("driver_assigned", 3);
		expect(kept.get("rideflow.driver.car")).toContain(NEXT);
		let arrives: (trip: unknown) => void = () => undefined;
		service.answer("GET /v1/trips/{trip_id}", () => new Promise((resolve) => (arrives = resolve)));
		await page.does(async () => {
			line.push("trip.updated", { trip_id: TRIP, driver_id: ME, state: "driver_arrived", version: 4, at: "" });
		});

		await signs("out");
		expect([kept.size, localStorage.getItem("rideflow.driver.heading")]).toEqual([0, null]);
		expect(clocks.map((clock) => clock.isStopped)).toEqual([true]);
		service.calls.length = 0;
		arrives(refusal(404, "trip_not_found"));
		await page.settled(60_000);
		expect([service.calls, kept.size]).toEqual([[], 0]);
	});

	test("forgets the car also if the answer to going offline comes after it", async () => {
		let arrives: (me: unknown) => void = () => undefined;
		service.answer("POST /v1/drivers/me/offline", () => new Promise((resolve) => (arrives = resolve)));
		await signs("in");
		await page.presses("Go offline");
		await signs("out");
		arrives({ id: ME, online: false });
		await page.settled();
		expect(kept.size).toBe(0);
	});

	test("forgets that a destination was set", async () => {
		service.answer("PUT /v1/drivers/me/destination", () => ({ until: "2026-10-01T20:00:00Z" }));
		await signs("in");
		await page.presses("Set destination");
		await page.presses("Set destination");
		expect(localStorage.getItem("rideflow.driver.heading")).toBe("1");
		await signs("out");
		expect(localStorage.getItem("rideflow.driver.heading")).toBeNull();
	});
});

test("a reload of the page keeps the car's place, its pace and the offers with their time", async () => {
	const until = Date.now() + 9_000;
	const offer = { trip_id: TRIP, pickup: PICKUP, dropoff: DROPOFF, fare: { amount_minor: 920, currency: "USD" } };
	const offers = [{ ...offer, product: "economy", pickup_distance_m: 800, pickup_eta_s: 120, until, livesMs: 15_000 }];
	remember({ car: standing(DROPOFF, 90), offers, times: 4, selfDriving: false } as unknown as Remembered);
	await signs("in");
	expect(page.one("div", "9 seconds left")).toBeTruthy();
	await ticks(0);
	expect(line.sent).toMatchObject([{ action: "location", ...DROPOFF }]);
	await isInHand("driver_assigned", 3);
	expect(remembered()).toMatchObject({ car: { at: DROPOFF }, times: 4, offers: [] });
});
