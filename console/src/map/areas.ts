/** Whether a place lies in an area of a market. */

import type { MultiPolygon, Polygon, Position } from "geojson";
import type { Place } from "./place";

export function contains(area: Polygon | MultiPolygon, place: Place): boolean {
	const polygons = area.type === "Polygon" ? [area.coordinates] : area.coordinates;
	return polygons.some(([outer = [], ...holes]) => within(outer, place) && !holes.some((hole) => within(hole, place)));
}

/** A ray to the east crosses the ring's edges an odd number of times. */
function within(ring: Position[], { lat, lng }: Place): boolean {
	let inside = false;
	for (let number = 1; number < ring.length; number++) {
		const [x1 = 0, y1 = 0] = ring[number - 1] ?? [];
		const [x2 = 0, y2 = 0] = ring[number] ?? [];
		if (y1 > lat !== y2 > lat && lng < x1 + ((lat - y1) / (y2 - y1)) * (x2 - x1)) inside = !inside;
	}
	return inside;
}
