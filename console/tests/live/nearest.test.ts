import { expect, test } from "vitest";
import { Fleet } from "../../src/live/fleet";
import { nearestFree } from "../../src/live/nearest";

test("the nearest free cars are named, the nearest first", () => {
	const fleet = new Fleet([-122.42, 37.77]);
	fleet.put([1, 3777000, -12242300, 0, 0], "far", 0);
	fleet.put([2, 3777000, -12242010, 1, 0], "busy", 0);
	fleet.put([3, 3777000, -12242100, 0, 0], "near", 0);
	fleet.put([4, 3777000, -12242200, 0, 0], "between", 0);
	const near = nearestFree(fleet, { lat: 37.77, lng: -122.42 }, 2);
	expect(near.map(({ driver }) => driver)).toEqual(["near", "between"]);
	expect(near[0]?.metres).toBeCloseTo(87.9, 0);
});
