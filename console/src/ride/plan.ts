/** Where a rider wants to be picked up and dropped off, and what is being chosen. No I/O. */

import type { Place } from "../map/place";

export type End = "pickup" | "dropoff";

export interface Plan {
	pickup: Place | null;
	dropoff: Place | null;
	/** The end that the next choice on the map sets; null if both are set. */
	choosing: End | null;
	product: string;
}

export type Step =
	| { type: "choose"; end: End }
	| { type: "place"; end: End; point: Place }
	| { type: "product"; product: string }
	| { type: "swap" }
	| { type: "again"; pickup: Place; dropoff: Place; product: string }
	| { type: "clear" };

export function emptyPlan(product: string): Plan {
	return { pickup: null, dropoff: null, choosing: "pickup", product };
}

export function planned(plan: Plan, step: Step): Plan {
	switch (step.type) {
		case "choose":
			return { ...plan, choosing: step.end };
		case "place": {
			const next = { ...plan, [step.end]: rounded(step.point) };
			return { ...next, choosing: next.pickup ? (next.dropoff ? null : "dropoff") : "pickup" };
		}
		case "product":
			return { ...plan, product: step.product };
		case "swap":
			return { ...plan, pickup: plan.dropoff, dropoff: plan.pickup };
		case "again":
			return { pickup: step.pickup, dropoff: step.dropoff, choosing: null, product: step.product };
		case "clear":
			return emptyPlan(plan.product);
	}
}

/** To a metre or so: a finger is not more precise. */
function rounded({ lat, lng }: Place): Place {
	return { lat: Number(lat.toFixed(5)), lng: Number(lng.toFixed(5)) };
}
