/** Amounts, times, and what an app says about a ride, in words. */

import type { Schemas } from "../api/rest";
import type { Plan } from "./plan";
import type { Ride } from "./trip";

/** An amount of integer minor units, such as `$7.00`. */
export function money(amount_minor: number, currency: string): string {
	const format = new Intl.NumberFormat("en-US", { style: "currency", currency });
	return format.format(amount_minor / 10 ** (format.resolvedOptions().maximumFractionDigits ?? 2));
}

export function minutes(duration_s: number): string {
	const whole = Math.max(1, Math.round(duration_s / 60));
	return whole < 60 ? `${whole} min` : `${Math.floor(whole / 60)} h ${whole % 60} min`;
}

export function kilometres(distance_m: number): string {
	return distance_m < 950 ? `${Math.round(distance_m / 10) * 10} m` : `${(distance_m / 1000).toFixed(1)} km`;
}

export function clock(at: string | number, time_zone: string): string {
	return new Intl.DateTimeFormat("en-US", { hour: "numeric", minute: "2-digit", timeZone: time_zone }).format(
		new Date(at),
	);
}

export function day(at: string, time_zone: string): string {
	const format = new Intl.DateTimeFormat("en-US", {
		weekday: "short",
		month: "short",
		day: "numeric",
		hour: "numeric",
		minute: "2-digit",
		timeZone: time_zone,
	});
	return format.format(new Date(at));
}

export const LINES: Record<Schemas["FareLine"]["kind"], string> = {
	base: "Base fare",
	distance: "Distance",
	time: "Time",
	waiting: "Waiting",
	surge: "High demand",
	tolls: "Tolls",
	fees: "Fees",
	discount: "Discount",
	tax: "Tax",
	tip: "Tip",
};

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

/** Brands as people write them. */
export function brandOf(card: { brand: string }): string {
	return BRANDS[card.brand] ?? card.brand.charAt(0).toUpperCase() + card.brand.slice(1);
}

const BRANDS: Record<string, string> = { amex: "American Express", jcb: "JCB", unionpay: "UnionPay" };

/** What the plan waits for, for screen readers. */
export function planSaying(plan: Plan): string {
	if (plan.choosing) return `Choose the ${plan.choosing}`;
	return "Pickup and dropoff are set. Choose your ride";
}

/** What happened, for the heading and for screen readers. */
export function saying(ride: Ride): string {
	const driver = ride.driver?.name ?? "Your driver";
	switch (ride.state) {
		case "requested":
		case "matching":
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
