/** Groups of a trip's states. The states are the service's (`docs/contexts/trips.md`). */

import type { Schemas } from "../api/rest";

export type TripView = Schemas["TripView"];
export type TripState = Schemas["TripState"];

const HAS_DRIVER: ReadonlySet<TripState> = new Set(["driver_assigned", "driver_arrived", "in_progress"]);
const LOOKS_FOR_DRIVER: ReadonlySet<TripState> = new Set(["requested", "matching"]);
const DRIVEN: ReadonlySet<TripState> = new Set(["completed", "paid", "payment_failed"]);
const OVER: ReadonlySet<TripState> = new Set(["paid", "payment_failed", "no_driver_found", "cancelled"]);

/** A driver comes, waits or drives. */
export function hasDriver(state: TripState): boolean {
	return HAS_DRIVER.has(state);
}

export function looksForDriver(state: TripState): boolean {
	return LOOKS_FOR_DRIVER.has(state);
}

/** The rider was brought to the dropoff. */
export function wasDriven(state: TripState): boolean {
	return DRIVEN.has(state);
}

/** Nothing follows any more. */
export function isOver(state: TripState): boolean {
	return OVER.has(state);
}
