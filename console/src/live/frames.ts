/** Types of the operators' channel, generated from `docs/asyncapi.json`. */

import type { LiveSchemas } from "../api/live";

export type MarketFrame = LiveSchemas["MarketDelta"] | LiveSchemas["MarketSnapshot"];
export type Counts = LiveSchemas["Counts"];
export type ZoneCounts = LiveSchemas["ZoneCounts"];
export type QueueLength = LiveSchemas["QueueLength"];
export type ShownRequest = LiveSchemas["ShownRequest"];
export type ShownTrip = LiveSchemas["ShownTrip"];
export type Happened = LiveSchemas["Happened"];

/** Of a car: `[handle, latitude, longitude (1e-5 degrees), state, heading (degrees, or -1 if not known)]`. */
export type CarRow = NonNullable<MarketFrame["cars"]>[number];

/** Of many cars: `[H3 cell, free, on the way to a pickup, with a rider, silent]`. */
export type CellRow = NonNullable<MarketFrame["cells"]>[number];

/** How many cars a cell has. */
export function carsIn([, free, toPickup, withRider, silent]: CellRow): number {
	return free + toPickup + withRider + silent;
}
