import { expect, test } from "vitest";
import { after, isBehind, isStale, type News, type Ride, rideOf } from "../../src/ride/trip";
import type { TripView } from "../../src/trips/states";

const TRIP = "11111111-1111-4111-8111-111111111111";
const DRIVER = "22222222-2222-4222-8222-222222222222";
const OTHER = "44444444-4444-4444-8444-444444444444";
const HEARD_MS = 1_000_000;

function view(more: Partial<TripView> = {}): TripView {
	return { id: TRIP, state: "requested", version: 1, driver_id: null, vehicle: null, ...more } as TripView;
}

function updated(version: number, event: string, state: string, more: object = {}): News {
	const data = { trip_id: TRIP, event, state, version, at: at(version), rider_id: "r", driver_id: null, ...more };
	return { type: "trip.updated", data } as News;
}

function assigned(version: number, name = "Dan", id = DRIVER): News {
	const driver = { id, name, rating: 4.9, vehicle: null };
	return updated(version, "DriverAssigned", "driver_assigned", { driver_id: id, driver });
}

function position(second: number, more: object = {}): News {
	const data = {
		trip_id: TRIP,
		lat: 37.77,
		lng: -122.42 + second / 1000,
		heading_deg: null,
		eta_s: 60,
		recorded_at: at(second),
		stale_after: at(second + 15),
		stale: false,
		...more,
	};
	return { type: "driver.position", data, at: at(second), heardMs: HEARD_MS };
}

function at(second: number): string {
	return new Date(Date.UTC(2026, 0, 1, 12, 0, second)).toISOString();
}

function heard(...news: News[]): Ride {
	return news.reduce(after, rideOf(view()));
}

test("a frame moves the trip on, and the rest of it has to be read", () => {
	const ride = heard(assigned(3));
	expect(ride.state).toBe("driver_assigned");
	expect(ride.driver?.name).toBe("Dan");
	expect(isBehind(ride)).toBe(true);
	const read = view({ state: "driver_assigned", version: 3, driver_id: DRIVER, pin: "1234" });
	const known = after(ride, { type: "read", trip: read });
	expect(isBehind(known)).toBe(false);
	expect(known.trip.pin).toBe("1234");
	expect(known.driver?.name).toBe("Dan");
});

const WANTED = { client_secret: "pi_1_secret_2", publishable_key: null, until: at(300) };

function wanted(trip_id = TRIP): News {
	return { type: "payment.action_required", data: { trip_id, ...WANTED } } as News;
}

test("the bank wants the rider while the trip is requested, until a read says otherwise", () => {
	const ride = heard(wanted());
	expect(ride.trip.payment_action).toEqual(WANTED);
	expect(after(ride, { type: "read", trip: view({ payment_action: null }) }).trip.payment_action).toBeNull();
	expect(heard(wanted(OTHER)).trip.payment_action).toBeUndefined();
	expect(heard(updated(2, "TripMatching", "matching"), wanted()).trip.payment_action).toBeUndefined();
});

test("a repeated frame changes nothing", () => {
	const ride = heard(assigned(3));
	expect(after(ride, assigned(3, "Eve"))).toBe(ride);
});

test("a frame that was overtaken changes nothing", () => {
	const ride = heard(updated(4, "DriverArrived", "driver_arrived"));
	expect(after(ride, assigned(3))).toBe(ride);
	expect(after(ride, updated(2, "TripMatching", "matching")).state).toBe("driver_arrived");
});

test("a view that is older than the last frame changes nothing", () => {
	const ride = heard(updated(2, "TripMatching", "matching"), assigned(3));
	expect(after(ride, { type: "read", trip: view({ state: "matching", version: 2 }) })).toBe(ride);
});

test("news of another trip change nothing", () => {
	const ride = heard(assigned(3));
	const other = "99999999-9999-4999-8999-999999999999";
	expect(after(ride, updated(9, "TripCancelled", "cancelled", { trip_id: other }))).toBe(ride);
	expect(after(ride, position(5, { trip_id: other }))).toBe(ride);
	expect(after(ride, { type: "read", trip: view({ id: other, version: 9 }) })).toBe(ride);
});

test("the car stays at its latest position when an older one comes", () => {
	const ride = heard(assigned(3), position(8));
	expect(after(ride, position(4))).toBe(ride);
	expect(after(ride, position(8))).toBe(ride);
	expect(after(ride, position(12)).car?.lng).toBeCloseTo(-122.408);
});

test("a position is stale when its time has passed on this phone's clock", () => {
	const { car } = heard(assigned(3), position(8));
	if (!car) throw new Error("There is no car.");
	expect(isStale(car, HEARD_MS + 14_999)).toBe(false);
	expect(isStale(car, HEARD_MS + 15_000)).toBe(true);
});

test("a position that is told again as stale makes the car stale at once, and a new one ends that", () => {
	const ride = heard(assigned(3), position(8), position(8, { stale: true }));
	expect(ride.car && isStale(ride.car, HEARD_MS)).toBe(true);
	const seen = after(ride, position(30));
	expect(seen.car && isStale(seen.car, HEARD_MS)).toBe(false);
});

test("a position that is told as stale when it is first heard of is so at once", () => {
	const { car } = heard(assigned(3), position(8, { stale: true }));
	expect(car && isStale(car, HEARD_MS)).toBe(true);
});

test("a driver who hands the trip back takes car, name and late positions along", () => {
	const ride = heard(assigned(3), position(8), updated(20, "DriverCancelled", "matching"), position(19));
	expect(ride).toMatchObject({ state: "matching", car: null, driver: null, handed_back_at: at(20) });
	expect(after(after(ride, assigned(21, "Eve")), position(25)).car?.recorded_at).toBe(at(25));
});

test.each([
	["a frame", assigned(5, "Eve", OTHER)],
	["a frame without a name", updated(5, "DriverAssigned", "driver_assigned", { driver_id: OTHER })],
	["reading", { type: "read", trip: view({ state: "driver_assigned", version: 5, driver_id: OTHER }) } as News],
])("another driver who is heard of by %s has not the car and name of the one before", (_, news) => {
	const ride = after(heard(assigned(3), position(8)), news);
	expect(ride).toMatchObject({ driver: { id: OTHER }, car: null });
	expect(ride.driver?.name).not.toBe("Dan");
	expect(after(ride, position(7))).toBe(ride);
	expect(after(ride, position(9)).car).not.toBeNull();
});

test("a promise counts until a driver is assigned", () => {
	const promise: News = { type: "trip.promised", data: { trip_id: TRIP, pickup_at: at(50), until: at(55) } };
	expect(heard(promise).promised).toEqual({ pickup_at: at(50), until: at(55) });
	expect(heard(promise, assigned(3)).promised).toBeNull();
	expect(heard(assigned(3), promise).promised).toBeNull();
	expect(heard(promise, { type: "trip.promise_ended", data: { trip_id: TRIP } }).promised).toBeNull();
});

test("a synchronization tells the state that was missed, and a driver who left meanwhile", () => {
	const trip = { trip_id: TRIP, rider_id: "r", driver_id: null, state: "matching", version: 6 };
	const events = [{ version: 5, type: "DriverCancelled", at: at(10), state: "matching", data: {} }];
	const synced = { type: "sync", data: { trip, events, promised: null } } as unknown as News;
	const ride = after(heard(assigned(3), position(8)), synced);
	expect(ride).toMatchObject({ state: "matching", version: 6, car: null, driver: null, handed_back_at: at(10) });
	expect(isBehind(ride)).toBe(true);
	expect(after(ride, synced)).toMatchObject({ state: "matching", version: 6 });
});

test("the time to the pickup is not taken for the time to the dropoff", () => {
	const ride = heard(assigned(3), position(8), updated(9, "TripStarted", "in_progress"));
	expect(ride.car?.eta_s).toBeNull();
});

test("positions after the end are ignored", () => {
	const ride = heard(assigned(3), updated(9, "TripCancelled", "cancelled"));
	expect(after(ride, position(12))).toBe(ride);
});

test("a driver who left is noticed by reading, too, and their late positions do not count", () => {
	const ride = heard(assigned(3), position(8));
	const read = after(ride, { type: "read", trip: view({ state: "matching", version: 5 }) });
	expect(read).toMatchObject({ driver: null, car: null, handed_back_at: at(8) });
	expect(after(read, position(8))).toBe(read);
});

test("a driver's name counts if the frame comes after the trip was read", () => {
	const read = view({ state: "driver_assigned", version: 3, driver_id: DRIVER });
	const ride = heard({ type: "read", trip: read });
	expect(ride.driver?.name).toBeNull();
	expect(after(ride, assigned(3)).driver?.name).toBe("Dan");
	expect(after(after(ride, assigned(3)), assigned(3, "Eve")).driver?.name).toBe("Dan");
	expect(after(ride, assigned(2)).state).toBe("driver_assigned");
});
