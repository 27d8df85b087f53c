import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Market } from "../../src/api/config";
import type { Rest } from "../../src/api/rest";
import { Chosen } from "../../src/live/Chosen";
import { Counters } from "../../src/live/Counters";
import { City } from "../../src/live/city";
import type { MarketFrame, ShownRequest, ShownTrip } from "../../src/live/frames";
import { selectionOf } from "../../src/live/LiveMap";
import type { Selection } from "../../src/live/selection";
import { Waiting } from "../../src/live/Waiting";
import { Zones } from "../../src/live/Zones";
import { RestDouble, refusal } from "../doubles";
import { Page } from "../page";

const NOW = Date.UTC(2026, 9, 1, 18);
const PLACE = { lat: 37.77, lng: -122.42 };
const MARKET = {
	id: "san_francisco",
	name: "San Francisco",
	time_zone: "America/Los_Angeles",
	products: [{ id: "economy", name: "Economy", seats: 4 }],
	areas: { type: "FeatureCollection", features: [{ properties: { id: "sf-bay", name: "Bay" } }] },
} as unknown as Market;
const READ = "GET /v1/trips/{trip_id}";
const CANCEL = "POST /v1/trips/{trip_id}/operator/cancel";
const DRIVERS = ["000001", "000002"].map((number) => `22222222-2222-4222-8222-222222${number}`) as [string, string];

let page: Page;
let service: RestDouble;
let person: { rest: Rest };
let city: City;
vi.mock("../../src/design/theme", () => ({ useTheme: () => "light" }));
vi.mock("../../src/app/person", () => ({ usePerson: () => person }));

beforeEach(() => {
	vi.useFakeTimers({ now: NOW });
	page = new Page();
	service = new RestDouble();
	person = { rest: service.rest };
	city = new City([PLACE.lng, PLACE.lat]);
});

afterEach(async () => {
	await page.shows(null);
	vi.useRealTimers();
	vi.unstubAllGlobals();
});

function begins(more: Partial<MarketFrame>): void {
	const counts = { free: 4, to_pickup: 3, with_rider: 2, silent: 1, waiting: 5, trips: 6 };
	const outside = { drivers: 0, requests: 0, trips: 0 };
	city.begin({ market: MARKET.id, revision: 1, counts, outside, ...more }, 0);
}

function request(trip_id: string, waitsS: number): ShownRequest {
	const requested_at = new Date(NOW - waitsS * 1000).toISOString();
	return { trip_id, zone: "sf-bay", product: "economy", pickup: PLACE, dropoff: PLACE, requested_at, offered: false };
}

function shownTrip(trip_id: string, driver_id: string): ShownTrip {
	return { trip_id, driver_id, state: "driver_assigned", pickup: PLACE, dropoff: PLACE } as unknown as ShownTrip;
}

function read(id: string, state: string, driver_id: string | null = DRIVERS[0]) {
	const quote = { quoted_amount_minor: 900, currency: "USD", quoted_distance_m: 2000, product: "economy" };
	return { id, state, driver_id, vehicle: null, pickup: PLACE, requested_at: new Date(NOW).toISOString(), ...quote };
}

async function shows(chosen: Selection): Promise<void> {
	await page.shows(<Chosen city={city} market={MARKET} chosen={chosen} choose={() => undefined} />);
}

test("who waits longest stands first, and is marked", async () => {
	begins({
		requests: [...Array(50)]
			.map((_, number) => request(`n${number}`, number % 50))
			.concat(request("z", 185), request("y", 61)),
	});
	await page.shows(<Waiting city={city} market={MARKET} chosen={null} choose={() => undefined} />);
	const rows = page.named("button", "Economy");
	expect(rows.slice(0, 3).map((row) => row.text)).toEqual(["3:05Economyopen", "1:01Economyopen", "0:49Economyopen"]);
	const ages = page.elements.flatMap((each) => each.attributes.get("data-age") ?? []);
	expect([rows.length, ...ages.slice(0, 3)]).toEqual([50, "too-long", "long", "new"]);
	expect(page.text).toContain("and 2 more");
});

test("the counters and zones tell each number by its name", async () => {
	const zone = { zone: "sf-bay", free: 4, to_pickup: 3, with_rider: 2, silent: 1, waiting: 5, oldest_request_at: null };
	begins({ zones: [zone as unknown as NonNullable<MarketFrame["zones"]>[number]] });
	await page.shows(
		<>
			<Counters city={city} />
			<Zones city={city} market={MARKET} />
		</>,
	);
	expect(page.named("dl", "").map((each) => each.text)).toEqual([
		" Free4 To a pickup3 With a rider2 Silent1 Riders waiting5Trips6",
	]);
	expect(page.named("tr", "Bay").map((each) => each.text)).toEqual(["Bay455–"]);
});

test("a chosen driver is shown with their state and their own trip", async () => {
	const [first, second] = DRIVERS;
	begins({
		cars: [[1, 3777000, -12242000, 1, 0]],
		named: { 1: second },
		trips: [shownTrip("t1", first), shownTrip("t2", second)],
	});
	const states: Record<string, string> = { t1: "in_progress", t2: "driver_assigned" };
	service.answer(READ, (_, { trip_id = "" }) => read(trip_id, states[trip_id] ?? ""));
	await shows({ kind: "driver", id: second });
	expect(page.text).toContain("Driver 000002 To a pickup");
	expect(page.text).toContain("Driver on the way");
});

test("a click chooses the car, the request or the trip that is under it", () => {
	begins({ cars: [[1, 3777000, -12242000, 1, 0]], named: { 1: DRIVERS[0] } });
	const clicked = (id: string, object?: object) =>
		selectionOf(city, { layer: { id }, index: 0, object } as unknown as Parameters<typeof selectionOf>[1]);
	expect(clicked("cars")).toEqual({ kind: "driver", id: DRIVERS[0] });
	expect(clicked("requests", { trip_id: "r" })).toEqual({ kind: "request", id: "r" });
	expect(clicked("ways", { trip_id: "t" })).toEqual({ kind: "trip", id: "t" });
	expect(clicked("cells", ["8928308280fffff", 1, 0, 0, 0])).toBeNull();
});

test("a trip that could not be read is shown once it could", async () => {
	begins({ requests: [request("t", 5)] });
	service.answer(READ, () => refusal(0, "offline"));
	await shows({ kind: "request", id: "t" });
	expect(page.text).toContain("Refused: offline.");
	service.answer(READ, () => read("t", "driver_assigned"));
	city.follow({ ...frameOf(2), requests_gone: ["t"], trips: [shownTrip("t", DRIVERS[0])] }, 0);
	await page.settled();
	expect(page.text).toContain("Driver on the way");
});

function frameOf(revision: number): MarketFrame {
	return { market: MARKET.id, revision, counts: city.counts, outside: city.outside };
}

test.each([
	["driver_assigned", ["Take it from this driver", "Cancel the trip"]],
	["in_progress", ["Complete the ride", "Cancel the trip"]],
	["completed", []],
])("a trip that is %s can be acted on so: %o", async (state, acts) => {
	begins({});
	service.answer(READ, () => read("t", state));
	await shows({ kind: "trip", id: "t" });
	const names = ["Take it from", "Complete the", "Cancel the"].flatMap((name) => page.named("button", name));
	expect(names.map((button) => button.name)).toEqual(acts);
});

test("a cancellation is nobody's fault unless the operator says so, and its cost is told before", async () => {
	begins({});
	service.answer(READ, () => read("t", "in_progress"));
	service.answer(CANCEL, () => ({}));
	await shows({ kind: "trip", id: "t" });
	await page.presses("Cancel the trip");
	expect(page.text).toContain("If it is the rider's fault, they pay the cancellation fee.");
	await page.fills(page.one("input"), "A broken phone");
	await page.submits(page.one("form"), 2);
	expect(service.bodies(CANCEL)).toEqual([{ reason: "A broken phone", verdict: "nobody" }]);
});
