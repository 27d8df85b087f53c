/** Places on the earth, and what lies between two that are some kilometres apart: so near, a plane is exact enough. */

import type { Schemas } from "../api/rest";

export type Place = Schemas["Point"];

const EARTH_RADIUS_M = 6_371_008.8;
const DEGREE_M = (Math.PI / 180) * EARTH_RADIUS_M;

/** The length of the straight line between two places, in metres. */
export function distanceM(from: Place, to: Place): number {
	const [east, north] = offsetM(from, to);
	return Math.hypot(east, north);
}

/** The direction from one place to another, in degrees from north, clockwise. */
export function headingDeg(from: Place, to: Place): number {
	const [east, north] = offsetM(from, to);
	return ((Math.atan2(east, north) * 180) / Math.PI + 360) % 360;
}

/** The place that lies `metres` from another in a direction. */
export function ahead(from: Place, direction: number, metres: number): Place {
	const angle = (direction * Math.PI) / 180;
	return moved(from, Math.sin(angle) * metres, Math.cos(angle) * metres);
}

/** The place that lies so many metres to the east and to the north. */
export function moved(from: Place, east: number, north: number): Place {
	const lat = from.lat + north / DEGREE_M;
	const middle = (((from.lat + lat) / 2) * Math.PI) / 180;
	return { lat, lng: from.lng + east / (DEGREE_M * Math.cos(middle)) };
}

/** The corners of the smallest part of the map that has all of these places. */
export function boundsOf(places: readonly Place[]): [southWest: [number, number], northEast: [number, number]] {
	const lngs = places.map((place) => place.lng);
	const lats = places.map((place) => place.lat);
	return [
		[Math.min(...lngs), Math.min(...lats)],
		[Math.max(...lngs), Math.max(...lats)],
	];
}

/** Metres to the east and to the north from one place to another. */
export function offsetM(from: Place, to: Place): [east: number, north: number] {
	const middle = (((from.lat + to.lat) / 2) * Math.PI) / 180;
	return [(to.lng - from.lng) * DEGREE_M * Math.cos(middle), (to.lat - from.lat) * DEGREE_M];
}
