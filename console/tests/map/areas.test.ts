import type { MultiPolygon, Position } from "geojson";
import { expect, test } from "vitest";
import { contains } from "../../src/map/areas";

function square(west: number, south: number, size: number): Position[] {
	const [east, north] = [west + size, south + size];
	return [
		[west, south],
		[east, south],
		[east, north],
		[west, north],
		[west, south],
	];
}

const AREA: MultiPolygon = {
	type: "MultiPolygon",
	coordinates: [[square(0, 0, 4), square(1, 1, 1)], [square(10, 0, 1)]],
};

test.each([
	["in the first part", { lat: 3, lng: 3 }, true],
	["in a hole of it", { lat: 1.5, lng: 1.5 }, false],
	["in the second part", { lat: 0.5, lng: 10.5 }, true],
	["between the parts", { lat: 0.5, lng: 7 }, false],
	["to the north", { lat: 5, lng: 2 }, false],
])("a place %s", (_, place, isInside) => {
	expect(contains(AREA, place)).toBe(isInside);
});
