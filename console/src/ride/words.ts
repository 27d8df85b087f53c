/** Words for rides, fares and cards on the rider's page. */

import type { Schemas } from "../api/rest";
import { isOver, type TripView } from "../trips/states";
import { money } from "../words/format";
import type { Plan } from "./plan";
import type { Ride } from "./trip";

/** Why the ride costs what it does. */
export function because(reasons: Schemas["FareReasons"], currency: string): string {
	const quoted = money(reasons.quoted_minor, currency);
	const limited = reasons.limited_to_hold ? " The charge is limited to the amount that was held on your card." : "";
	return sentenceOf(reasons, quoted, currency) + limited;
}

function sentenceOf(reasons: Schemas["FareReasons"], quoted: string, currency: string): string {
	const { computed_minor } = reasons;
	switch (reasons.because) {
		case "path_not_known":
			return `You pay the quoted ${quoted}: the car's positions have a gap, so the driven way is not known.`;
		case "route_kept":
			return `The car kept to the route. You pay for the driven way, and never more than the quoted ${quoted}.`;
		case "quote_is_the_cap": {
			const more = computed_minor ? ` would have cost ${money(computed_minor, currency)}` : " would have cost more";
			return `The driven way${more}. You pay the quoted ${quoted}, because the car kept to the route.`;
		}
		case "another_route":
			return `The ride went another way than quoted (${quoted}). You pay for the driven way.`;
	}
}

/** The debt of a ride whose payment was declined. */
export function owed(trip: TripView): string {
	return `You owe ${money(trip.final_amount_minor ?? trip.quoted_amount_minor, trip.currency)}.`;
}

/** What a trip costs for which there is no receipt. */
export function unpaid(trip: TripView): string {
	if (trip.state === "payment_failed") return `Your card was declined. ${owed(trip)}`;
	if (trip.state === "completed") return "The fare is being charged to your card.";
	return isOver(trip.state) ? "Nothing was charged." : "Your card is charged after the ride.";
}

/** Brands as people write them. */
export function brandOf(card: { brand: string }): string {
	return BRANDS[card.brand] ?? card.brand.charAt(0).toUpperCase() + card.brand.slice(1);
}

const BRANDS: Record<string, string> = { amex: "American Express", jcb: "JCB", unionpay: "UnionPay" };

/** The next choice of the plan, for screen readers. */
export function planSaying(plan: Plan): string {
	if (plan.choosing) return `Choose the ${plan.choosing}`;
	return "Pickup and dropoff are set. Choose your ride";
}

/** The state of the ride, for the heading and for screen readers. */
export function saying(ride: Ride): string {
	const driver = ride.driver?.name ?? "Your driver";
	switch (ride.state) {
		case "requested":
		case "matching":
			if (ride.state === "requested" && ride.trip.payment_action) return "Confirm the payment";
			if (ride.promised) return "A driver comes next";
			return ride.handed_back_at ? "Looking for another driver" : "Looking for a driver";
		case "driver_assigned":
			return `${driver} is on the way`;
		case "driver_arrived":
			return `${driver} is here`;
		case "in_progress":
			return "On the way";
		case "completed":
			return "You have arrived";
		case "paid":
			return "Thanks for riding";
		case "payment_failed":
			return "The payment failed";
		case "no_driver_found":
			return "No driver was found";
		case "cancelled":
			return "The ride is cancelled";
	}
}
