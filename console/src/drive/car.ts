/**
 * The car: where it is at any moment. It stands, or drives along a way by the clock.
 *
 * Its place is a function of the time, so a tab whose timers were slow finds the car where it must be, and never
 * faster than it drives. Times are milliseconds since the epoch.
 */

import type { Place } from "../map/place";
import { drivenFor, metresAfter, type OnWay, secondsOf, type Way } from "./way";

/** How many times faster than a car in a city: for people who look on. */
export type Times = 1 | 4 | 10;

export interface Car {
	at: Place;
	headingDeg: number | null;
	drive: Drive | null;
}

/** A drive along a way: at `since` the car had driven for `drivenS`, and since then it drives `times` as fast. */
export interface Drive {
	way: Way;
	since: number;
	drivenS: number;
	times: Times;
}

export function standing(at: Place, headingDeg: number | null = null): Car {
	return { at, headingDeg, drive: null };
}

/** The car on its way from its place, which must be the way's beginning. */
export function driving(car: Car, way: Way, times: Times, now: number): Car {
	return { ...car, drive: { way, since: now, drivenS: 0, times } };
}

/** Where the car is, and how it moves. A car that has arrived stands at the way's end. */
export function seen(car: Car, now: number): OnWay & { moves: boolean } {
	const { drive } = car;
	if (!drive) return { at: car.at, headingDeg: car.headingDeg ?? 0, speedMps: 0, moves: false };
	const drivenS = secondsDriven(drive, now);
	const on = drivenFor(drive.way, drivenS);
	const heading = drive.way.lengthM > 0 ? on.headingDeg : (car.headingDeg ?? 0);
	return {
		at: on.at,
		headingDeg: heading,
		speedMps: on.speedMps * drive.times,
		moves: drivenS < secondsOf(drive.way.lengthM),
	};
}

/** The car, stopped where it is. */
export function stopped(car: Car, now: number): Car {
	if (!car.drive) return car;
	const { at, headingDeg } = seen(car, now);
	return standing(at, headingDeg);
}

/** The car with another pace from now on. */
export function paced(car: Car, times: Times, now: number): Car {
	if (!car.drive) return car;
	return { ...car, drive: { ...car.drive, since: now, drivenS: secondsDriven(car.drive, now), times } };
}

/** The metres and wall seconds that are left of the drive; zeros if the car stands. */
export function left(car: Car, now: number): { metres: number; seconds: number } {
	if (!car.drive) return { metres: 0, seconds: 0 };
	const { way, times } = car.drive;
	const drivenS = secondsDriven(car.drive, now);
	return {
		metres: way.lengthM - metresAfter(way, drivenS),
		seconds: Math.max(0, secondsOf(way.lengthM) - drivenS) / times,
	};
}

/** The metres that the car has driven of its way. */
export function metresDriven(drive: Drive, now: number): number {
	return metresAfter(drive.way, secondsDriven(drive, now));
}

/** When the car arrives; null if it stands. */
export function arrivesAt(car: Car): number | null {
	if (!car.drive) return null;
	const { way, since, drivenS, times } = car.drive;
	return since + ((secondsOf(way.lengthM) - drivenS) * 1000) / times;
}

function secondsDriven(drive: Drive, now: number): number {
	return drive.drivenS + (Math.max(0, now - drive.since) / 1000) * drive.times;
}
