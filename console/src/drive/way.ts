/**
 * A way that looks like one along streets, and places on it.
 *
 * Nothing here knows streets: a way has legs along the two directions of the city's grid, as a car in a city of blocks
 * has. Lengths are in metres, times in seconds, directions in degrees clockwise from north.
 */

import { distanceM, headingDeg, moved, offsetM, type Place } from "../map/place";

export interface Way {
	points: Place[];
	/** The way's length up to each point. */
	marksM: number[];
	lengthM: number;
}

/** A place on a way, with the direction and speed of a car there. */
export interface OnWay {
	at: Place;
	headingDeg: number;
	speedMps: number;
}

/** The speed between lights, and how a car reaches it and stops again: 29 km/h over a ride of some minutes. */
export const CITY_MPS = 8.5;
const SPEEDS_UP_MPS2 = 1.5;

/** A leg that is shorter is left out: no car turns for the width of a street. */
const SHORTEST_LEG_M = 25;
/** A way turns about once in so many metres. */
const TURNS_EVERY_M = 900;
const MOST_STAIRS = 6;

/** How far the streets of a market are turned from north; 0 if it is not known. */
const GRIDS_DEG: Record<string, number> = { san_francisco: -9 };

export function gridOf(market: string): number {
	return GRIDS_DEG[market] ?? 0;
}

/** A way along a grid of streets that is turned by `gridDeg`. */
export function wayBetween(from: Place, to: Place, gridDeg: number): Way {
	const angle = (gridDeg * Math.PI) / 180;
	const [east, north] = offsetM(from, to);
	const across = east * Math.cos(angle) - north * Math.sin(angle);
	const along = east * Math.sin(angle) + north * Math.cos(angle);
	const corner = (share: number, shareAcross: number): Place => {
		const [a, b] = [across * shareAcross, along * share];
		return moved(from, a * Math.cos(angle) + b * Math.sin(angle), b * Math.cos(angle) - a * Math.sin(angle));
	};
	const points = [from];
	if (Math.min(Math.abs(across), Math.abs(along)) >= SHORTEST_LEG_M) {
		const stairs = Math.min(MOST_STAIRS, 1 + Math.floor((Math.abs(across) + Math.abs(along)) / TURNS_EVERY_M));
		for (let stair = 0; stair < stairs; stair++) {
			// The first and the last leg are half as long as the others, so that the way crosses in the middle of blocks.
			const next = Math.min(1, (stair + 0.5) / stairs);
			points.push(corner(next, stair / stairs), corner(next, (stair + 1) / stairs));
		}
	}
	points.push(to);
	return way(points);
}

export function way(points: Place[]): Way {
	const marksM = [0];
	for (let number = 1; number < points.length; number++) {
		const [a, b] = [points[number - 1] as Place, points[number] as Place];
		marksM.push((marksM[number - 1] as number) + distanceM(a, b));
	}
	return { points, marksM, lengthM: marksM.at(-1) ?? 0 };
}

/** Where a car is that has driven for `seconds`, from standing to standing. */
export function drivenFor(way: Way, seconds: number): OnWay {
	const [metres, speedMps] = driven(way.lengthM, seconds);
	return { ...on(way, metres), speedMps };
}

/** The seconds that a way takes. */
export function secondsOf(lengthM: number): number {
	const top = topSpeed(lengthM);
	if (top === 0) return 0;
	return lengthM / top + top / SPEEDS_UP_MPS2;
}

/** The rest of a way from a number of metres on, to draw it. */
export function restOf(way: Way, metres: number): Place[] {
	return [on(way, metres).at, ...way.points.filter((_, number) => (way.marksM[number] as number) > metres)];
}

/** The metres that a car has driven after `seconds`. */
export function metresAfter(way: Way, seconds: number): number {
	return driven(way.lengthM, seconds)[0];
}

function on(way: Way, metres: number): Omit<OnWay, "speedMps"> {
	const { points, marksM } = way;
	const last = points.length - 1;
	let leg = 0;
	while (leg < last - 1 && (marksM[leg + 1] as number) <= metres) leg++;
	const [a, b] = [points[leg] as Place, points[Math.min(leg + 1, last)] as Place];
	const [from, to] = [marksM[leg] as number, marksM[Math.min(leg + 1, last)] as number];
	const share = to > from ? Math.min(1, Math.max(0, (metres - from) / (to - from))) : 1;
	const at = { lat: a.lat + (b.lat - a.lat) * share, lng: a.lng + (b.lng - a.lng) * share };
	return { at, headingDeg: headingDeg(a, b) };
}

/** Metres and speed after `seconds`: the car speeds up, keeps its speed, and brakes. */
function driven(lengthM: number, seconds: number): [number, number] {
	const [all, top] = [secondsOf(lengthM), topSpeed(lengthM)];
	if (seconds <= 0) return [0, 0];
	if (seconds >= all) return [lengthM, 0];
	const speedingS = top / SPEEDS_UP_MPS2;
	if (seconds < speedingS) return [(SPEEDS_UP_MPS2 * seconds ** 2) / 2, SPEEDS_UP_MPS2 * seconds];
	const leftS = all - seconds;
	if (leftS < speedingS) return [lengthM - (SPEEDS_UP_MPS2 * leftS ** 2) / 2, SPEEDS_UP_MPS2 * leftS];
	return [top * (seconds - speedingS / 2), top];
}

/** A car on a short way brakes before it has reached the speed of the city. */
function topSpeed(lengthM: number): number {
	return Math.min(CITY_MPS, Math.sqrt(SPEEDS_UP_MPS2 * lengthM));
}
