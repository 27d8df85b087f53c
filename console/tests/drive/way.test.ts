import { describe, expect, it } from "vitest";
import { CITY_MPS, drivenFor, gridOf, metresAfter, restOf, secondsOf, wayBetween } from "../../src/drive/way";
import { ahead, distanceM, headingDeg } from "../../src/map/place";

const MARKET = { lat: 37.7749, lng: -122.4194 };
const GRID = gridOf("san_francisco");

function angleTo(direction: number, heading: number): number {
	const angle = Math.abs(direction - heading) % 90;
	return Math.min(angle, 90 - angle);
}

describe("a way", () => {
	it.each([
		[40, 700],
		[130, 2600],
		[235, 9000],
		[300, 21_000],
	])("in direction %d°, %d m away, begins and ends where it must and follows the grid", (direction, metres) => {
		const to = ahead(MARKET, direction, metres);
		const way = wayBetween(MARKET, to, GRID);
		expect(way.points[0]).toEqual(MARKET);
		expect(way.points.at(-1)).toEqual(to);
		for (let leg = 1; leg < way.points.length; leg++) {
			const [a, b] = [way.points[leg - 1], way.points[leg]];
			if (a && b && distanceM(a, b) > 5) expect(angleTo(GRID, headingDeg(a, b))).toBeLessThan(0.5);
		}
		expect(way.lengthM).toBeGreaterThan(metres);
		expect(way.lengthM).toBeLessThan(metres * 1.42);
	});

	it("that is as short as a street is wide is straight", () => {
		const to = ahead(MARKET, 45, 20);
		expect(wayBetween(MARKET, to, GRID).points).toEqual([MARKET, to]);
	});

	it("to the same place has no length and takes no time", () => {
		const way = wayBetween(MARKET, MARKET, GRID);
		expect(way.lengthM).toBe(0);
		expect(secondsOf(way.lengthM)).toBe(0);
		expect(drivenFor(way, 5).at).toEqual(MARKET);
	});
});

describe("a car on a way", () => {
	const way = wayBetween(MARKET, ahead(MARKET, 60, 3000), GRID);

	it("is at the beginning at first and at the end at last", () => {
		expect(drivenFor(way, -1).at).toEqual(MARKET);
		expect(drivenFor(way, 0).at).toEqual(MARKET);
		expect(drivenFor(way, secondsOf(way.lengthM) + 60).at).toEqual(way.points.at(-1));
		expect(drivenFor(way, secondsOf(way.lengthM) + 60).speedMps).toBe(0);
	});

	it("is never faster than the city's speed, and its metres never shrink", () => {
		const all = secondsOf(way.lengthM);
		for (let second = 0; second < all; second++) {
			const step = metresAfter(way, second + 1) - metresAfter(way, second);
			expect(step).toBeGreaterThanOrEqual(0);
			expect(step).toBeLessThanOrEqual(CITY_MPS + 1e-9);
		}
	});

	it("has a rest that shrinks to the end", () => {
		expect(restOf(way, 0)).toHaveLength(way.points.length);
		expect(restOf(way, way.lengthM)).toEqual([way.points.at(-1)]);
	});
});

describe("places", () => {
	it("lie where direction and distance say", () => {
		const there = ahead(MARKET, 77, 1500);
		expect(distanceM(MARKET, there)).toBeCloseTo(1500, 1);
		expect(headingDeg(MARKET, there)).toBeCloseTo(77, 1);
	});
});
