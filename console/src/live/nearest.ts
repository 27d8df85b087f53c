/** The free cars around a place, by straight line. */

import type { Fleet } from "./fleet";
import type { Place } from "./frames";

const FREE = 0;
const METRES_PER_DEGREE = 111_195;

export interface Near {
	driver: string;
	metres: number;
}

/** Up to `limit` free cars, the nearest first. Distances are equirectangular: right to 0.1 % within a city. */
export function nearestFree(fleet: Fleet, place: Place, limit: number): Near[] {
	const found: Near[] = [];
	for (let row = 0; row < fleet.size; row++) {
		if (fleet.states[row] !== FREE) continue;
		found.push({ driver: fleet.drivers[row] as string, metres: metresBetween(fleet.placeAt(row), place) });
	}
	return found.sort((one, other) => one.metres - other.metres).slice(0, limit);
}

export function metresBetween(one: Place, other: Place): number {
	const north = (one.lat - other.lat) * METRES_PER_DEGREE;
	const east = (one.lng - other.lng) * METRES_PER_DEGREE * Math.cos((other.lat * Math.PI) / 180);
	return Math.hypot(north, east);
}
