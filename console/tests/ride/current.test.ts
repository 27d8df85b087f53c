import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Link, Live } from "../../src/api/live";
import { ProblemError } from "../../src/api/problem";
import type { Rest, Schemas } from "../../src/api/rest";
import { CurrentRide } from "../../src/ride/current";
import type { TripView } from "../../src/trips/states";
import { stubStorage } from "../doubles";

const TRIP = "11111111-1111-4111-8111-111111111111";
const DRIVER = "22222222-2222-4222-8222-222222222222";
const QUOTE = { id: "33333333-3333-4333-8333-333333333333" } as Schemas["QuoteView"];

/** The service, as the rider's app sees it: one trip, and the requests for it by key. */
class Service {
	trip: TripView | null = null;
	requests: string[] = [];
	asked: object[] = [];
	refusal: ProblemError | null = null;
	reads = 0;
	private listeners = new Map<string, (frame: object) => void>();
	private linked: (() => void)[] = [];
	private state: Link = "closed";

	rest = {
		GET: async (path: string) => {
			this.reads++;
			if (path === "/v1/trips") return { data: { trips: this.trip ? [this.trip] : [], next_cursor: null } };
			return { data: this.trip };
		},
		POST: async (path: string, { params }: { params: { header?: Record<string, string> } }) => {
			if (this.refusal) throw this.refusal;
			if (path === "/v1/trips") {
				this.requests.push(params.header?.["idempotency-key"] ?? "");
				this.trip ??= trip({ state: "requested", version: 1 });
			} else this.trip = trip({ state: "cancelled", version: 9 });
			return { data: this.trip };
		},
	} as unknown as Rest;

	live = {
		link: () => this.state,
		onLink: (listener: () => void) => {
			this.linked.push(listener);
			return () => undefined;
		},
		on: (type: string, listener: (frame: object) => void) => {
			this.listeners.set(type, listener);
			return () => this.listeners.delete(type);
		},
		ask: async (action: object) => {
			this.asked.push(action);
			const { id, ...rest } = this.trip ?? trip({});
			return { data: { trip: this.trip ? { trip_id: id, ...rest } : null, events: [], promised: null } };
		},
	} as unknown as Live;

	push(type: string, data: object): void {
		this.listeners.get(type)?.({ type, id: crypto.randomUUID(), at: new Date().toISOString(), data });
	}

	connect(): void {
		this.state = "open";
		for (const listener of this.linked) listener();
	}
}

function trip(more: Partial<TripView>): TripView {
	return { id: TRIP, state: "requested", version: 1, driver_id: null, vehicle: null, ...more } as TripView;
}

let service: Service;
let current: CurrentRide;
let stop: () => void;
let kept: Map<string, string>;

function begin(): void {
	current = new CurrentRide(service.rest, service.live);
	stop = current.start();
}

beforeEach(() => {
	vi.stubGlobal("document", { hidden: false });
	kept = stubStorage("sessionStorage");
	service = new Service();
});

afterEach(() => {
	stop();
	vi.useRealTimers();
	vi.unstubAllGlobals();
});

test("a repeated request of a quote has the same key, so it opens one trip", async () => {
	begin();
	await current.request(QUOTE);
	await current.request(QUOTE);
	expect(new Set(service.requests).size).toBe(1);
	expect(current.snapshot()?.trip.id).toBe(TRIP);
});

test("who has a ride already is shown it", async () => {
	begin();
	service.trip = trip({ state: "in_progress", version: 5 });
	const problem = { status: 409, code: "active_trip_exists", detail: "You have a ride.", trip_id: TRIP };
	service.refusal = new ProblemError(problem);
	await current.request(QUOTE);
	expect(current.snapshot()?.state).toBe("in_progress");
});

test("other refusals are told", async () => {
	begin();
	service.refusal = new ProblemError({ status: 402, code: "payment_method_required", detail: "Add a card first." });
	await expect(current.request(QUOTE)).rejects.toThrow("Add a card first.");
	expect(current.snapshot()).toBeNull();
});

test("a ride that is under way is there after a reload, and one that is over is not", async () => {
	service.trip = trip({ state: "driver_assigned", version: 3 });
	begin();
	await vi.waitUntil(() => current.isRestored());
	expect(current.snapshot()?.state).toBe("driver_assigned");
	stop();
	service.trip = trip({ state: "paid", version: 7 });
	begin();
	await vi.waitUntil(() => current.isRestored());
	expect(current.snapshot()).toBeNull();
});

test("after a frame, the rest of the trip is read", async () => {
	begin();
	await current.request(QUOTE);
	service.trip = trip({ state: "driver_assigned", version: 3, driver_id: DRIVER, pin: "4321" });
	const driver = { id: DRIVER, name: "Dan", rating: 4.8, vehicle: null };
	const update = { trip_id: TRIP, event: "DriverAssigned", state: "driver_assigned", version: 3, driver };
	service.push("trip.updated", { ...update, at: new Date().toISOString(), driver_id: DRIVER, rider_id: "r" });
	expect(current.snapshot()?.state).toBe("driver_assigned");
	await vi.waitUntil(() => current.snapshot()?.trip.pin === "4321");
	stop();
	begin();
	await vi.waitUntil(() => current.isRestored());
	expect(current.snapshot()?.driver?.name).toBe("Dan");

	service.trip = trip({ state: "driver_assigned", version: 6, driver_id: TRIP });
	stop();
	begin();
	await vi.waitUntil(() => current.isRestored());
	expect(current.snapshot()?.driver).toMatchObject({ id: TRIP, name: null });
});

test("a driver's name is kept no longer than the ride is looked at", async () => {
	begin();
	await current.request(QUOTE);
	const driver = { id: DRIVER, name: "Dan", rating: 4.8, vehicle: null };
	const update = { trip_id: TRIP, event: "DriverAssigned", state: "driver_assigned", version: 3, driver };
	service.push("trip.updated", { ...update, at: new Date().toISOString(), driver_id: DRIVER, rider_id: "r" });
	expect(kept.size).toBe(1);
	await current.cancel();
	current.leave();
	expect(kept.size).toBe(0);
});

test("a ride of which nothing is heard is read", async () => {
	vi.useFakeTimers();
	begin();
	await current.request(QUOTE);
	service.trip = trip({ state: "driver_arrived", version: 4, driver_id: DRIVER });
	await vi.advanceTimersByTimeAsync(8_000);
	expect(current.snapshot()?.state).toBe("requested");
	await vi.advanceTimersByTimeAsync(2_000);
	expect(current.snapshot()?.state).toBe("driver_arrived");
});

test("a cancellation that is refused, as the ride has begun, is told, and the ride is read", async () => {
	begin();
	await current.request(QUOTE);
	service.trip = trip({ state: "in_progress", version: 5, driver_id: DRIVER });
	service.refusal = new ProblemError({ status: 409, code: "trip_in_progress", detail: "The ride has begun." });
	await expect(current.cancel()).rejects.toThrow("The ride has begun.");
	await vi.waitUntil(() => current.snapshot()?.state === "in_progress");
});

test("after a reconnect, the missed state is asked for by the known version", async () => {
	begin();
	await current.request(QUOTE);
	service.trip = trip({ state: "matching", version: 2 });
	service.connect();
	await vi.waitUntil(() => current.snapshot()?.trip.version === 2);
	expect(service.asked).toEqual([{ action: "sync", trip_id: TRIP, after_version: 1 }]);
});

test("a cancelled ride stays in sight until the rider leaves it", async () => {
	begin();
	await current.request(QUOTE);
	current.leave();
	expect(current.snapshot()).not.toBeNull();
	await current.cancel();
	expect(current.snapshot()?.state).toBe("cancelled");
	current.leave();
	expect(current.snapshot()).toBeNull();
});
