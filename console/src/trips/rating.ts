/** Ratings after a ride: of the driver by the rider, and of the rider by the driver. */

import { ProblemError } from "../api/problem";
import type { Rest } from "../api/rest";

/** Rate the trip's other person. A rating counts once: if one was sent before, that one is kept, and this succeeds. */
export async function rateTrip(rest: Rest, tripId: string, stars: number, comment: string | null): Promise<void> {
	try {
		await rest.POST("/v1/trips/{trip_id}/ratings", {
			params: { path: { trip_id: tripId }, header: { "idempotency-key": crypto.randomUUID() } },
			body: { stars, comment },
		});
	} catch (error) {
		if (!(error instanceof ProblemError && error.code === "trip_already_rated")) throw error;
	}
}
