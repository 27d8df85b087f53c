import { describe, expect, it } from "vitest";
import { arrivesAt, driving, left, paced, seen, standing, stopped } from "../../src/drive/car";
import { CITY_MPS, secondsOf, wayBetween } from "../../src/drive/way";
import { ahead, distanceM } from "../../src/map/place";

const HERE = { lat: 37.7749, lng: -122.4194 };
const WAY = wayBetween(HERE, ahead(HERE, 30, 2000), 0);
const NOW = Date.UTC(2026, 9, 1, 18);

describe("a car", () => {
	it("that stands is where it was put", () => {
		expect(seen(standing(HERE, 90), NOW)).toEqual({ at: HERE, headingDeg: 90, speedMps: 0, moves: false });
	});

	it("whose tab slept for an hour is at the end of its way, and no further", () => {
		const car = driving(standing(HERE), WAY, 1, NOW);
		const later = seen(car, NOW + 3_600_000);
		expect(later.at).toEqual(WAY.points.at(-1));
		expect(later.moves).toBe(false);
	});

	it.each([1, 4, 10] as const)("at %dx is not faster than that many times a car in a city", (times) => {
		const car = driving(standing(HERE), WAY, times, NOW);
		const a = seen(car, NOW + 5000).at;
		const b = seen(car, NOW + 9000).at;
		expect(distanceM(a, b)).toBeLessThanOrEqual(4 * CITY_MPS * times + 0.1);
	});

	it("does not jump if its pace changes, and arrives earlier", () => {
		const car = driving(standing(HERE), WAY, 1, NOW);
		const at = NOW + 60_000;
		const faster = paced(car, 10, at);
		expect(distanceM(seen(faster, at).at, seen(car, at).at)).toBeLessThan(0.01);
		expect(arrivesAt(faster)).toBeLessThan(arrivesAt(car) ?? 0);
		expect(arrivesAt(car)).toBeCloseTo(NOW + secondsOf(WAY.lengthM) * 1000, 3);
	});

	it("stands where it is stopped, with its heading", () => {
		const car = driving(standing(HERE), WAY, 1, NOW);
		const at = NOW + 30_000;
		const stood = stopped(car, at);
		expect(stood.drive).toBeNull();
		expect(seen(stood, at + 60_000).at).toEqual(seen(car, at).at);
		expect(left(stood, at)).toEqual({ metres: 0, seconds: 0 });
	});
});
