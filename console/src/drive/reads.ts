/** Reads of a driver's app that driving does not depend on: the result is null if a read fails. */

import type { Market } from "../api/config";
import type { Rest, Schemas } from "../api/rest";
import { contains } from "../map/areas";
import type { Place } from "../map/place";
import type { TripView } from "../trips/states";
import { type Day, earned } from "./earnings";

const PAGE = 50;
const MOST_PAGES = 4;

/** The driver's rides of today. */
export async function day(rest: Rest, market: Market, driverId: string): Promise<Day | null> {
	const trips: TripView[] = [];
	let cursor: string | null = null;
	try {
		for (let page = 0; page < MOST_PAGES; page++) {
			const query: { limit: number; cursor?: string } = cursor ? { limit: PAGE, cursor } : { limit: PAGE };
			const { data } = await rest.GET("/v1/trips", { params: { query } });
			trips.push(...(data?.trips ?? []));
			cursor = data?.next_cursor ?? null;
			if (!cursor) break;
		}
	} catch {
		return null;
	}
	return earned(trips, driverId, new Date(), market.time_zone, market.currency);
}

export async function destination(rest: Rest): Promise<Schemas["DestinationView"] | null> {
	const answer = await rest.GET("/v1/drivers/me/destination").catch(() => null);
	return answer?.data ?? null;
}

export async function queue(rest: Rest): Promise<Schemas["PlaceInQueueView"] | null> {
	const answer = await rest.GET("/v1/locations/queue").catch(() => null);
	return answer?.data ?? null;
}

/** Whether a car there waits for passengers of an airport. */
export function isInQueue(market: Market, at: Place): boolean {
	return market.areas.features.some((area) => area.properties.kind === "fifo_waiting" && contains(area.geometry, at));
}
