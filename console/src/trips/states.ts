/** What a trip's state means. The states are the service's (`docs/contexts/trips.md`). */

import type { Schemas } from "../api/rest";

export type TripView = Schemas["TripView"];
export type TripState = Schemas["TripState"];

const HAS_DRIVER: ReadonlySet<string> = new Set<TripState>(["driver_assigned", "driver_arrived", "in_progress"]);
const LOOKS_FOR_DRIVER: ReadonlySet<string> = new Set<TripState>(["requested", "matching"]);
const DRIVEN: ReadonlySet<string> = new Set<TripState>(["completed", "paid", "payment_failed"]);
const OVER: ReadonlySet<string> = new Set<TripState>(["paid", "payment_failed", "no_driver_found", "cancelled"]);

/** A driver comes, waits or drives. */
export function hasDriver(state: string): boolean {
	return HAS_DRIVER.has(state);
}

export function looksForDriver(state: string): boolean {
	return LOOKS_FOR_DRIVER.has(state);
}

/** The rider was brought to the dropoff. */
export function wasDriven(state: string): boolean {
	return DRIVEN.has(state);
}

/** Nothing follows any more. */
export function isOver(state: string): boolean {
	return OVER.has(state);
}
