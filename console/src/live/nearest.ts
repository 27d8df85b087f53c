/** The free cars around a place, by straight line. */

import { distanceM, type Place } from "../map/place";
import type { Fleet } from "./fleet";

const FREE = 0;

export interface Near {
	driver: string;
	metres: number;
}

/** Up to `limit` free cars, the nearest first. */
export function nearestFree(fleet: Fleet, place: Place, limit: number): Near[] {
	const found: Near[] = [];
	for (let row = 0; row < fleet.size; row++) {
		if (fleet.states[row] !== FREE) continue;
		found.push({ driver: fleet.drivers[row] as string, metres: distanceM(fleet.placeAt(row), place) });
	}
	return found.sort((one, other) => one.metres - other.metres).slice(0, limit);
}
