import type { Map as Ground } from "maplibre-gl";
import { expect, it } from "vitest";
import type { Market } from "../../src/api/config";
import { followGrid } from "../../src/map/grid";
import { GRID } from "../../src/map/ground";

const VIEW = { south: 37.76, west: -122.44, north: 37.78, east: -122.41 };
const ring = [
	[-123, 37],
	[-122, 37],
	[-122, 38],
	[-123, 38],
	[-123, 37],
];
const market = {
	areas: { features: [{ properties: { kind: "zone" }, geometry: { type: "Polygon", coordinates: [ring] } }] },
} as unknown as Market;

/** A ground that tells what its grid is set to, and calls what listens. */
function ground() {
	const listeners = new Map<string, () => void>();
	const drawn: number[] = [];
	const source = { setData: (data: { features: unknown[] }) => drawn.push(data.features.length) };
	const state = { hasGrid: true, zoom: 15 };
	const double = {
		getSource: (name: string) => (state.hasGrid && name === GRID ? source : undefined),
		getZoom: () => state.zoom,
		on: (event: string, listener: () => void) => listeners.set(event, listener),
		off: (event: string) => listeners.delete(event),
	};
	return { double: double as unknown as Ground, listeners, drawn, state };
}

it("draws the grid at once, after each move, and on each new ground", () => {
	const { double, listeners, drawn, state } = ground();
	followGrid(double, market, () => VIEW);
	state.zoom = 12;
	listeners.get("moveend")?.();
	state.zoom = 15;
	listeners.get("style.load")?.();

	const [first, moved, again] = drawn;
	expect(drawn).toHaveLength(3);
	expect(first).toBeGreaterThan(moved as number);
	expect(again).toBe(first);
});

it("leaves a ground alone that has no grid, and listens no more once it has ended", () => {
	const { double, listeners, drawn, state } = ground();
	state.hasGrid = false;
	const end = followGrid(double, market, () => VIEW);
	end();

	expect([drawn.length, listeners.size]).toEqual([0, 0]);
});
