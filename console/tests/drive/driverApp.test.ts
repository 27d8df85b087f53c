import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Market } from "../../src/api/config";
import type { Action, LiveSchemas } from "../../src/api/live";
import { seen } from "../../src/drive/car";
import { DriverApp } from "../../src/drive/driverApp";
import type { Known } from "../../src/drive/state";
import { distanceM } from "../../src/map/place";
import type { TripState } from "../../src/trips/states";
import { LiveDouble, RestDouble, refusal, stubStorage } from "../doubles";

const ME = "11111111-1111-4111-8111-111111111111";
const TRIP = "22222222-2222-4222-8222-222222222222";
const PICKUP = { lat: 37.7749, lng: -122.4194 };
const DROPOFF = { lat: 37.7849, lng: -122.4094 };
const MARKET = {
	id: "san_francisco",
	currency: "USD",
	time_zone: "America/Los_Angeles",
	view: { ...PICKUP, zoom: 12 },
	areas: { type: "FeatureCollection", features: [] },
} as unknown as Market;
const ARRIVE = "POST /v1/trips/{trip_id}/arrive";
const LOCATIONS = "POST /v1/locations";

let service: RestDouble;
let line: LiveDouble;
let online: boolean;
let app: DriverApp;
let tick: () => void;

beforeEach(() => {
	vi.useFakeTimers({ now: Date.UTC(2026, 9, 1, 18) });
	stubStorage("sessionStorage");
	stubStorage("localStorage");
	service = new RestDouble();
	line = new LiveDouble();
	online = true;
	service.answer("GET /v1/drivers/me", () => ({ id: ME, online, state: "verified", vehicles: [] }));
	service.answer("GET /v1/trips", () => ({ trips: [], next_cursor: null }));
	service.answer(LOCATIONS, () => ({ matchable: true, verdicts: [] }));
	line.answerBy = (action) => (action.action === "sync" ? synced(null) : undefined);
});

afterEach(() => {
	app.stop();
	vi.useRealTimers();
	vi.unstubAllGlobals();
});

async function started(): Promise<void> {
	app = new DriverApp(service.rest, line.live, MARKET, (ticks) => {
		tick = ticks;
		return () => undefined;
	});
	app.start();
	line.links("open");
	await settled();
}

/** Let all answers arrive. */
async function settled(ms = 0): Promise<void> {
	await vi.advanceTimersByTimeAsync(ms);
}

function known(): Known {
	return app.state.snapshot();
}

function synced(trip: Partial<NonNullable<LiveSchemas["Synced"]["trip"]>> | null): Partial<LiveSchemas["Synced"]> {
	return { trip: trip as LiveSchemas["Synced"]["trip"], events: [], promised: null };
}

function view(state: TripState, version: number) {
	return { id: TRIP, driver_id: ME, state, version, pickup: PICKUP, dropoff: DROPOFF };
}

function isOffered(): void {
	const [offered_at, expires_at] = [0, 15_000].map((ms) => new Date(Date.now() + ms).toISOString());
	line.push("trip.offer", {
		trip_id: TRIP,
		pickup: PICKUP,
		dropoff: DROPOFF,
		fare: { amount_minor: 920, currency: "USD" },
		pickup_distance_m: 800,
		pickup_eta_s: 120,
		...(offered_at && { offered_at }),
		...(expires_at && { expires_at }),
	});
}

/** The trip is the driver's, in this state. */
async function isInHand(state: TripState, version: number): Promise<void> {
	service.answer("GET /v1/trips/{trip_id}", () => view(state, version));
	line.push("trip.updated", { trip_id: TRIP, driver_id: ME, state, version, at: new Date().toISOString() });
	await settled();
}

/** The actions of one kind that were asked. */
function asked(action: Action["action"]): Action[] {
	return line.asked.filter((each) => each.action === action);
}

describe("an offer", () => {
	beforeEach(async () => {
		service.answer("GET /v1/trips/{trip_id}", () => view("driver_assigned", 3));
		await started();
		isOffered();
	});

	test("is accepted over the WebSocket, without a request by REST", async () => {
		line.answerBy = () => ({ trip_id: TRIP, promised_until: null });
		await app.offers.accept(TRIP);
		expect(known().shift).toMatchObject({ offers: [], trip: { id: TRIP, state: "driver_assigned", pickup: PICKUP } });
		expect(service.bodies("POST /v1/trips/{trip_id}/offer/accept")).toEqual([]);
	});

	test("is accepted by REST if the WebSocket does not answer", async () => {
		service.answer("POST /v1/trips/{trip_id}/offer/accept", () => ({ promised_until: null }));
		await app.offers.accept(TRIP);
		expect(asked("offer.accept")).toHaveLength(1);
		expect(known().shift.trip?.id).toBe(TRIP);
	});

	test("whose first acceptance counted without an answer is the driver's", async () => {
		service.answer("POST /v1/trips/{trip_id}/offer/accept", () => refusal(409, "offer_accepted"));
		await app.offers.accept(TRIP);
		expect(known()).toMatchObject({ problem: null, shift: { trip: { id: TRIP } } });
	});

	test("is accepted once by a driver who taps twice", async () => {
		line.answerBy = () => ({ trip_id: TRIP, promised_until: null });
		const taps = [app.offers.accept(TRIP), app.offers.accept(TRIP)];
		expect(known().answering).toEqual([TRIP]);
		await Promise.all(taps);
		expect(asked("offer.accept")).toHaveLength(1);
		expect(known().answering).toEqual([]);
	});

	test("that the service refuses is gone, and the driver is told", async () => {
		line.answerBy = () => refusal(409, "offer_not_open");
		await app.offers.accept(TRIP);
		expect(known().shift.offers).toEqual([]);
		expect(known().problem).toBe("Refused: offer_not_open.");
	});

	test.each([0, 503])("stays if the answer to it failed with status %d: the driver may try again", async (status) => {
		service.answer("POST /v1/trips/{trip_id}/offer/accept", () => refusal(status, "failed"));
		await app.offers.accept(TRIP);
		expect(known().shift.offers).toHaveLength(1);
		expect(known().problem).toBe("Refused: failed.");
	});

	test("that was declined does not come back by an older frame", async () => {
		line.answerBy = () => ({ trip_id: TRIP });
		await app.offers.decline(TRIP);
		isOffered();
		expect(known().shift.offers).toEqual([]);
	});

	test("that is taken back is said, if the driver had it", () => {
		line.push("offer.withdrawn", { trip_id: TRIP });
		expect(known()).toMatchObject({ problem: "The offer was taken back.", shift: { offers: [] } });
		app.state.set({ problem: null });
		line.push("offer.withdrawn", { trip_id: TRIP });
		expect(known().problem).toBeNull();
	});

	test("is there for its time alone", async () => {
		await settled(14_000);
		tick();
		expect(known().shift.offers).toHaveLength(1);
		await settled(1_000);
		tick();
		expect(known().shift.offers).toEqual([]);
	});
});

describe("an arrival", () => {
	beforeEach(async () => {
		await started();
		await isInHand("driver_assigned", 3);
	});

	test("is told again while the service has not seen the phone at the pickup", async () => {
		const answers = [refusal(409, "not_at_pickup"), refusal(409, "position_unknown"), view("driver_arrived", 4)];
		service.answer(ARRIVE, () => answers.shift());
		const arrived = app.trip.arrive(TRIP, true);
		await settled(2_000);
		await arrived;
		expect(known().shift.trip?.state).toBe("driver_arrived");
		expect(service.bodies(ARRIVE)).toHaveLength(3);
	});

	test("is refused after ten times", async () => {
		service.answer(ARRIVE, () => refusal(409, "not_at_pickup"));
		const arrived = expect(app.trip.arrive(TRIP, true)).rejects.toThrow("not_at_pickup");
		await settled(10_000);
		await arrived;
		expect(service.bodies(ARRIVE)).toHaveLength(10);
	});

	test.each([
		["of a car that is elsewhere", "not_at_pickup", false],
		["for another reason", "trip_not_active", true],
	])("is refused at once %s", async (_, code, isThere) => {
		service.answer(ARRIVE, () => refusal(409, code));
		await expect(app.trip.arrive(TRIP, isThere)).rejects.toThrow(code);
		expect(service.bodies(ARRIVE)).toHaveLength(1);
	});
});

describe("a trip of which a frame tells more than is known", () => {
	const READ = "GET /v1/trips/{trip_id}";

	test("is read", async () => {
		await started();
		await isInHand("driver_assigned", 3);
		expect(known().shift.trip?.view?.version).toBe(3);
		expect(service.bodies(READ)).toHaveLength(1);
	});

	test.each([
		["is older than the frame", () => view("driver_assigned", 2)],
		["did not come", () => refusal(503, "failed")],
	])("is read again after a pause if the answer %s", async (_, late) => {
		await started();
		service.answer(READ, late);
		line.push("trip.updated", { trip_id: TRIP, driver_id: ME, state: "driver_assigned", version: 3, at: "" });
		await settled(2_000);
		expect(service.bodies(READ)).toHaveLength(1);
		service.answer(READ, () => view("driver_assigned", 3));
		await settled(2_000);
		expect(known().shift.trip?.view?.version).toBe(3);
	});

	test("is read again at once if another frame came meanwhile", async () => {
		await started();
		service.answer(READ, () => {
			service.answer(READ, () => view("driver_arrived", 4));
			line.push("trip.updated", { trip_id: TRIP, driver_id: ME, state: "driver_arrived", version: 4, at: "" });
			return view("driver_assigned", 3);
		});
		line.push("trip.updated", { trip_id: TRIP, driver_id: ME, state: "driver_assigned", version: 3, at: "" });
		await settled();
		expect(known().shift.trip?.view?.version).toBe(4);
	});

	test("is no longer the driver's if the service does not know it as theirs", async () => {
		await started();
		service.answer(READ, () => refusal(404, "trip_not_found"));
		line.push("trip.updated", { trip_id: TRIP, driver_id: ME, state: "driver_assigned", version: 3, at: "" });
		await settled();
		expect(known().shift).toMatchObject({ trip: null, ended: { how: "handed_back" } });
	});
});

describe("a car that drives by itself", () => {
	test("drives on to the dropoff when the ride begins, and stops when the trip is over", async () => {
		await started();
		app.car.put({ lat: 37.77, lng: -122.43 }, null);
		await isInHand("driver_assigned", 3);
		app.car.drive();
		await settled(600_000);
		tick();
		expect(known().car.drive).toBeNull();
		expect(distanceM(app.car.at, PICKUP)).toBeLessThan(1);

		await isInHand("driver_arrived", 4);
		expect(known().car.drive).toBeNull();
		await isInHand("in_progress", 5);
		expect(known().car.drive?.way.points.at(-1)).toEqual(DROPOFF);
		await settled(20_000);
		expect(seen(known().car, Date.now()).moves).toBe(true);

		line.push("trip.updated", { trip_id: TRIP, driver_id: ME, state: "cancelled", version: 6, at: "" });
		expect(known().car.drive).toBeNull();
	});

	test("does not drive by itself on the first trip after its driver was offline", async () => {
		service.answer("POST /v1/drivers/me/offline", () => ({ id: ME, online: false, state: "verified", vehicles: [] }));
		await started();
		app.car.put({ lat: 37.77, lng: -122.43 }, null);
		await isInHand("driver_assigned", 3);
		app.car.drive();
		await isInHand("cancelled", 4);
		await app.profile.goOffline();
		service.answer("GET /v1/trips/{trip_id}", () => ({ ...view("driver_assigned", 3), id: ME }));
		line.push("trip.updated", { trip_id: ME, driver_id: ME, state: "driver_assigned", version: 3, at: "" });
		await settled();
		expect(known()).toMatchObject({ selfDriving: false, car: { drive: null } });
		expect(known().shift.trip?.pickup).toEqual(PICKUP);
	});

	test("stays where a driver stopped it, also when the ride begins", async () => {
		await started();
		await isInHand("driver_assigned", 3);
		app.car.drive();
		app.car.halt();
		await isInHand("in_progress", 5);
		expect(known().car.drive).toBeNull();
	});
});

describe("the connection", () => {
	test("asks once for what was missed when the page begins", async () => {
		await started();
		expect(asked("sync")).toEqual([{ action: "sync", after_version: 0 }]);
		expect(known()).toMatchObject({ me: { id: ME }, link: "open" });
	});

	test("after a loss sends what was kept, and then asks for what was missed", async () => {
		await started();
		await isInHand("driver_assigned", 3);
		tick();
		expect(line.sent.filter((each) => each.action === "location")).toHaveLength(1);

		line.links("closed");
		await settled(4_000);
		tick();
		expect(known().kept).toBe(2); // the one that was not answered, and the one of the meantime

		const order: string[] = [];
		service.answer(LOCATIONS, async () => {
			await new Promise((arrived) => setTimeout(arrived, 1_000));
			order.push("positions");
			return { matchable: true, verdicts: ["accepted", "accepted"] };
		});
		line.answerBy = (action) => {
			order.push(action.action);
			return synced({ trip_id: TRIP, state: "driver_arrived", version: 4, pickup: PICKUP, dropoff: DROPOFF });
		};
		line.links("open");
		await settled(1_000);
		expect(order).toEqual(["positions", "sync"]);
		expect(asked("sync").at(-1)).toEqual({ action: "sync", after_version: 3 });
		expect(known()).toMatchObject({ kept: 0, shift: { trip: { state: "driver_arrived", version: 4 } } });
	});

	test("without an answer to what was missed leaves the trip as it is", async () => {
		await started();
		await isInHand("driver_assigned", 3);
		line.links("closed");
		line.answerBy = () => undefined;
		line.links("open");
		await settled();
		expect(known()).toMatchObject({ problem: null, shift: { trip: { state: "driver_assigned" } } });
	});
});

describe("positions", () => {
	beforeEach(started);

	/** Positions are kept for a while without a connection, which then comes back. */
	async function areKept(): Promise<void> {
		line.links("closed");
		tick();
		await settled(15_000);
		tick();
		expect(known().kept).toBeGreaterThan(0);
		line.links("open");
		await settled();
	}

	test("that are refused for good are not sent again", async () => {
		service.answer(LOCATIONS, () => refusal(422, "invalid_input"));
		await areKept();
		expect(known().kept).toBe(0);
		expect(service.bodies(LOCATIONS)).toHaveLength(1);
	});

	test.each([0, 429, 503])("that did not arrive (status %d) are kept, and sent again", async (status) => {
		service.answer(LOCATIONS, () => refusal(status, "failed"));
		await areKept();
		expect(known().kept).toBe(2);
		service.answer(LOCATIONS, () => ({ matchable: true, verdicts: ["accepted", "accepted"] }));
		line.links("closed");
		line.links("open");
		await settled();
		expect(known().kept).toBe(0);
	});

	test("that are not believed are told, until one is", () => {
		line.push("location.rejected", { verdict: "outside_service_area", matchable: false, recorded_at: "" });
		expect(known()).toMatchObject({ matchable: false, rejected: expect.stringContaining("no service at this place") });
		line.push("location.recorded", { matchable: true, recorded_at: "" });
		expect(known()).toMatchObject({ matchable: true, rejected: null });
	});

	test("are not sent by a driver who is offline", async () => {
		online = false;
		await app.profile.read();
		line.sent.length = 0;
		tick();
		expect(line.sent).toEqual([]);
	});
});

describe("a driver whom the service took offline", () => {
	const refused = { action: "location", code: "driver_not_online", status: 409 } as const;

	test("is told so", async () => {
		await started();
		online = false;
		line.push("problem", refused);
		await settled();
		expect(known()).toMatchObject({ me: { online: false }, problem: expect.stringContaining("taken offline") });
	});

	test("hears of it by kept positions, too", async () => {
		await started();
		online = false;
		service.answer(LOCATIONS, () => refusal(409, "driver_not_online"));
		line.links("closed");
		tick();
		line.links("open");
		await settled();
		expect(known().problem).toContain("taken offline");
	});

	test("by their own wish is told nothing of a position that was on its way", async () => {
		online = false;
		await started();
		line.push("problem", refused);
		await settled();
		expect(known().problem).toBeNull();
	});

	test("is told nothing if they are online again", async () => {
		await started();
		line.push("problem", refused);
		await settled();
		expect(known().problem).toBeNull();
	});
});
