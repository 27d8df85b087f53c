import { describe, expect, it } from "vitest";
import type { Market } from "../../src/api/config";
import { hexagons, resolutionAt } from "../../src/map/grid";

const square = (west: number, east: number) => ({
	type: "Polygon" as const,
	coordinates: [
		[
			[west, 37.7],
			[east, 37.7],
			[east, 37.8],
			[west, 37.8],
			[west, 37.7],
		],
	],
});
const market = {
	areas: {
		type: "FeatureCollection",
		features: [
			{ type: "Feature", properties: { kind: "zone", id: "z", name: "Z" }, geometry: square(-122.5, -122.4) },
			{ type: "Feature", properties: { kind: "blackout", id: "b", name: "B" }, geometry: square(-122.4, -122.3) },
		],
	},
} as unknown as Market;

describe("the grid", () => {
	it("has finer hexagons the nearer one looks, within what there is", () => {
		expect([8, 11, 12, 13, 14, 15, 16, 22].map(resolutionAt)).toEqual([4, 6, 7, 7, 8, 9, 10, 11]);
	});

	it("lies where there is service, and nowhere else", () => {
		const inside = hexagons(market, { south: 37.72, west: -122.48, north: 37.78, east: -122.42 }, 15);
		const outside = hexagons(market, { south: 37.72, west: -122.38, north: 37.78, east: -122.32 }, 15);

		expect(inside.features.length).toBeGreaterThan(20);
		expect(outside.features).toEqual([]);
	});

	it("is not drawn of half the earth", () => {
		const world = { south: -80, west: -179, north: 80, east: 179 };

		expect(
			hexagons({ ...market, areas: { ...market.areas, features: [whole()] } } as Market, world, 2).features,
		).toEqual([]);
	});

	it("has few hexagons, however large the screen is", () => {
		const metresAPixel = (156543 * Math.cos((37.75 * Math.PI) / 180)) / 2 ** 12.9;
		const height = (2160 * metresAPixel) / 111_000;
		const width = (3840 * metresAPixel) / 88_000;
		const all = { ...market, areas: { ...market.areas, features: [whole()] } } as Market;

		const shown = hexagons(all, { south: 37.7, west: -122.5, north: 37.7 + height, east: -122.5 + width }, 12.9);

		expect(shown.features.length).toBeGreaterThan(200);
		expect(shown.features.length).toBeLessThan(3500);
	});
});

function whole() {
	const coordinates = [
		[
			[-130, 30],
			[-110, 30],
			[-110, 45],
			[-130, 45],
			[-130, 30],
		],
	];
	return {
		type: "Feature",
		properties: { kind: "zone", id: "w", name: "W" },
		geometry: { type: "Polygon", coordinates },
	};
}
