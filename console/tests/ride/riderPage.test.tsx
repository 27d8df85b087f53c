import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Market } from "../../src/api/config";
import type { Rest } from "../../src/api/rest";
import RiderPage from "../../src/ride/RiderPage";
import type { TripView } from "../../src/trips/states";
import { LiveDouble, RestDouble, stubStorage } from "../doubles";
import { Page } from "../page";

const DRIVER = "22222222-2222-4222-8222-222222222222";
const PLACE = { lat: 37.7749, lng: -122.4194 };
const MARKET = {
	id: "san_francisco",
	time_zone: "America/Los_Angeles",
	currency: "USD",
	products: [{ id: "economy", name: "Economy", seats: 4 }],
	areas: { type: "FeatureCollection", features: [] },
	cancellation: { fee_minor: 500, grace_s: 120 },
	basemap: null,
} as unknown as Market;
const TRIP = {
	id: "11111111-1111-4111-8111-111111111111",
	state: "driver_assigned",
	version: 3,
	driver_id: DRIVER,
	pickup: PLACE,
	dropoff: PLACE,
	product: "economy",
	pin: "4321",
	currency: "USD",
	quoted_amount_minor: 900,
	assigned_at: "2026-10-01T18:00:00Z",
	vehicle: { plate: "7ABC123", make: "Toyota", model: "Prius", colour: "silver" },
} as unknown as TripView;

const session = { subscribe: () => () => undefined, signedIn: false };
let person: { session: typeof session; rest: Rest; live: LiveDouble["live"]; signedIn: boolean };
vi.mock("../../src/app/person", () => ({ usePerson: () => person }));
vi.mock("../../src/app/Settings", () => ({ useDeployment: () => ({ config: {}, markets: [MARKET] }) }));
vi.mock("../../src/design/theme", () => ({ useTheme: () => "light" }));
vi.mock("../../src/map/useMap", () => ({ useMap: () => ({ map: null, failed: false }) }));

let page: Page;
let service: RestDouble;
let line: LiveDouble;
let kept: Map<string, string>;

beforeEach(async () => {
	vi.useFakeTimers({ now: Date.UTC(2026, 9, 1, 18) });
	page = new Page();
	kept = stubStorage("sessionStorage");
	stubStorage("localStorage");
	service = new RestDouble();
	line = new LiveDouble();
	service.answer("GET /v1/trips", () => ({ trips: [TRIP], next_cursor: null }));
	service.answer("GET /v1/trips/{trip_id}", () => TRIP);
	await signs("in");
});

afterEach(async () => {
	await page.shows(null);
	vi.useRealTimers();
	vi.unstubAllGlobals();
});

async function signs(way: "in" | "out"): Promise<void> {
	person = { session, rest: service.rest, live: line.live, signedIn: way === "in" };
	await page.shows(<RiderPage />);
}

async function hearsOfDriver(version: number): Promise<void> {
	const driver = { id: DRIVER, name: "Dan", rating: 4.8, vehicle: null };
	const data = { trip_id: TRIP.id, event: "DriverAssigned", state: "driver_assigned", version } as const;
	line.push("trip.updated", { ...data, at: "2026-10-01T18:00:00Z", driver_id: DRIVER, driver });
	await page.settled();
}

test("after the sign-out nothing of the ride stays on the page, in its title or in storage", async () => {
	await hearsOfDriver(3);
	expect(page.text).toContain("4321");
	expect(page.document.title).toBe("Dan is on the way · RideFlow");
	expect([...kept.values()].join()).toContain("Dan");

	await signs("out");
	for (const word of ["Dan", "4321", "7ABC123"]) expect(page.text).not.toContain(word);
	expect([page.document.title, kept.size]).toEqual(["Sign up to ride · RideFlow", 0]);
});

test("the PIN is on the page alone: not in its title, its address or storage", async () => {
	await hearsOfDriver(3);
	expect(page.document.title + [...kept].join()).not.toContain("4321");
	expect(page.one("p", "PIN 4 3 2 1").text).toBe("4321");
});

test("what is answered after the sign-out changes nothing, and is not asked for again", async () => {
	let arrives: (trip: unknown) => void = () => undefined;
	service.answer("GET /v1/trips/{trip_id}", () => new Promise((resolve) => (arrives = resolve)));
	await hearsOfDriver(4);
	await signs("out");
	service.calls.length = 0;
	arrives({ ...TRIP, version: 4 });
	await page.settled(60_000);
	expect(service.calls).toEqual([]);
	expect(kept.size).toBe(0);
});

test("a trip that could not be looked for is not looked for after the sign-out", async () => {
	await signs("out");
	service.answer("GET /v1/trips", () => Promise.reject(new Error("offline")));
	await signs("in");
	await signs("out");
	service.calls.length = 0;
	await page.settled(60_000);
	expect(service.calls).toEqual([]);
});

test.each(["driver_assigned", "in_progress"] as const)(
	"a car whose position is old is told to be so, and its time is not told any more: %s",
	async (state) => {
		const at = new Date().toISOString();
		const stale_after = new Date(Date.now() + 15_000).toISOString();
		const update = { trip_id: TRIP.id, event: "TripStarted", state, version: 5, at, driver_id: DRIVER };
		service.answer("GET /v1/trips/{trip_id}", () => ({ ...TRIP, state, version: 5 }));
		await page.does(async () => line.push("trip.updated", update as never));
		const data = { trip_id: TRIP.id, ...PLACE, eta_s: 240, recorded_at: at, stale_after, stale: false };
		line.push("driver.position", data);
		await page.settled(14_000);
		expect(page.text).toContain("4 min");
		await page.settled(1_100);
		expect(page.text).toContain("No news of the car since 11:00 AM");
		expect(page.text).not.toContain("4 min");
	},
);

test("the car is shown while it comes and drives, and not after the ride", async () => {
	const shown = () => page.elements.flatMap((each) => each.attributes.get("data-car") ?? []);
	const at = new Date().toISOString();
	const data = { trip_id: TRIP.id, ...PLACE, recorded_at: at, stale_after: at, stale: false };
	await page.does(async () => line.push("driver.position", data));
	expect(shown()).toEqual(["stale"]);
	const update = { trip_id: TRIP.id, event: "TripCompleted", state: "completed", version: 6, at, driver_id: DRIVER };
	await page.does(async () => line.push("trip.updated", update as never));
	expect(page.text).toContain("You have arrived");
	expect(shown()).toEqual([]);
});
