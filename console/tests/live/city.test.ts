import { beforeEach, describe, expect, it } from "vitest";
import { City } from "../../src/live/city";
import type { MarketFrame, ShownTrip } from "../../src/live/frames";

const COUNTS = { free: 1, to_pickup: 0, with_rider: 0, silent: 0, waiting: 0, trips: 0 };
const OUTSIDE = { drivers: 0, requests: 0, trips: 0 };

function frame(revision: number, more: Partial<MarketFrame> = {}): MarketFrame {
	return { market: "san_francisco", revision, counts: COUNTS, outside: OUTSIDE, ...more };
}

function request(trip_id: string, offered = false) {
	const place = { lat: 37.77, lng: -122.42 };
	return {
		trip_id,
		zone: "sf-bay",
		product: "economy",
		pickup: place,
		dropoff: place,
		requested_at: "2026-01-01T00:00:00Z",
		offered,
	};
}

function trip(trip_id: string) {
	return { ...request(trip_id), driver_id: "d", state: "driver_assigned" } as unknown as ShownTrip;
}

describe("a city that is watched", () => {
	let city: City;
	beforeEach(() => {
		city = new City([-122.42, 37.77]);
	});

	it("knows nothing before its first snapshot", () => {
		expect(city.follow(frame(5), 0)).toBe(false);
		expect(city.version).toBe(0);
	});

	it("follows frames in their order, and tells of each", () => {
		let told = 0;
		city.subscribe(() => told++);
		city.begin(frame(1, { requests: [request("a"), request("b")] }), 0);
		expect(city.follow(frame(2, { requests: [request("a", true)], requests_gone: ["b"] }), 0)).toBe(true);
		expect([...city.requests.values()]).toEqual([request("a", true)]);
		expect(told).toBe(2);
	});

	it("applies nothing after a gap, and asks for a snapshot", () => {
		city.begin(frame(1), 0);
		expect(city.follow(frame(3, { requests: [request("a")] }), 0)).toBe(false);
		expect(city.requests.size).toBe(0);
	});

	it("has the counts of the newest frame, and no trip that is over", () => {
		city.begin(frame(1, { trips: [trip("a"), trip("b")] }), 0);
		city.follow(frame(2, { counts: { ...COUNTS, free: 7 }, trips_gone: ["a"] }), 0);
		expect(city.counts.free).toBe(7);
		expect([...city.trips.keys()]).toEqual(["b"]);
		city.begin(frame(1, { trips: [trip("c")] }), 0);
		expect([...city.trips.keys()]).toEqual(["c"]);
	});

	it("gives the handle of a car that left to another one in the same frame", () => {
		city.begin(frame(1, { cars: [[1, 3777000, -12242000, 0, 90]], named: { 1: "d" } }), 0);
		city.follow(frame(2, { gone: [1], cars: [[1, 3778000, -12242000, 0, 90]], named: { 1: "e" } }), 0);
		expect([city.fleet.placeOf("d"), city.fleet.placeOf("e")?.lat]).toEqual([null, expect.closeTo(37.78, 5)]);
	});

	it("lets a repeated frame pass without an effect", () => {
		city.begin(frame(1), 0);
		city.follow(frame(2, { happened: [{ at: "t", trip_id: "a", event: "TripRequested", zone: "z" }] }), 0);
		expect(city.follow(frame(2, { happened: [{ at: "t", trip_id: "a", event: "TripRequested", zone: "z" }] }), 0)).toBe(
			true,
		);
		expect(city.happened).toHaveLength(1);
	});

	it("forgets all with a snapshot", () => {
		city.begin(frame(1, { requests: [request("a")], cars: [[1, 3777000, -12242000, 0, 90]], named: { 1: "d" } }), 0);
		city.begin(frame(1), 0);
		expect(city.requests.size).toBe(0);
		expect(city.fleet.size).toBe(0);
	});

	it("keeps zones and queues that a frame does not name", () => {
		city.begin(frame(1, { queues: [{ fifo: "sfo", zone: "sf-bay", drivers: 7 }] }), 0);
		city.follow(frame(2, { queues: null }), 0);
		expect(city.queues).toEqual([{ fifo: "sfo", zone: "sf-bay", drivers: 7 }]);
	});

	it("lists what happened by its time, whichever frame tells of it", () => {
		const at = (time: string, event: "DriverArrived" | "TripStarted" | "TripRequested") => ({
			at: `2026-12-01T10:37:${time}Z`,
			trip_id: time,
			event,
			zone: "z",
		});
		city.begin(frame(1), 0);
		city.follow(frame(2, { happened: [at("05", "TripRequested"), at("09.5", "DriverArrived")] }), 0);
		city.follow(frame(3, { happened: [at("08", "TripRequested"), at("09.5", "TripStarted")] }), 0);
		const told = city.happened.map((each) => `${each.trip_id} ${each.event}`);
		expect(told).toEqual(["09.5 TripStarted", "09.5 DriverArrived", "08 TripRequested", "05 TripRequested"]);
	});

	it("keeps the newest of what happened, the newest first", () => {
		city.begin(frame(1), 0);
		for (let number = 2; number < 80; number++) {
			city.follow(
				frame(number, {
					happened: [{ at: "2026-12-01T10:37:05Z", trip_id: `${number}`, event: "TripPaid", zone: "z" }],
				}),
				0,
			);
		}
		expect(city.happened).toHaveLength(60);
		expect(city.happened[0]?.trip_id).toBe("79");
	});
});
