/** Sentences about verdicts, offers, trips and their ends. */

import type { LiveSchemas } from "../api/live";
import { distance, money } from "../words/format";
import type { Ended, Offer, Shift, Trip } from "./shift";

export type Verdict = LiveSchemas["LocationRejected"]["verdict"];

/** Why a position does not move the car; null if that is no fault. */
export function ofVerdict(verdict: Verdict): string | null {
	switch (verdict) {
		case "impossible_speed":
			return "Your last position is not believed: no car is that fast. It counts once further positions agree with it.";
		case "outside_service_area":
			return "Your last position does not count: there is no service at this place.";
		case "inaccurate":
			return "Your last position does not count: it is not accurate enough.";
		case "future":
			return "Your last position does not count: this phone's clock is fast.";
		case "invalid":
			return "Your last position could not be read.";
		default:
			return null;
	}
}

/** Why positions of a batch do not count, oldest first; null if all do. */
export function ofVerdicts(verdicts: readonly Verdict[]): string | null {
	const faults = verdicts.filter((each) => ofVerdict(each) !== null).length;
	if (faults === 0) return null;
	const last = verdicts.at(-1);
	return (last && ofVerdict(last)) ?? `${faults} of ${verdicts.length} kept positions do not count.`;
}

/** The sentence about a change of the shift; null if there is none. An offer comes first: it waits for an answer. */
export function sentenceOf(before: Shift, { trip, ended, offers }: Shift, now: number): string | null {
	const offer = offers.find((each) => !before.offers.some((known) => known.trip_id === each.trip_id));
	if (offer) return ofOffer(offer, now);
	if (trip && (trip.id !== before.trip?.id || trip.state !== before.trip.state)) return ofTrip(trip);
	const known = before.ended;
	const isNews = ended && (ended.id !== known?.id || ended.how !== known.how || ended.by !== known.by);
	return isNews ? ofEnd(ended) : null;
}

function ofOffer(offer: Offer, now: number): string {
	const { amount_minor, currency } = offer.fare;
	const seconds = Math.max(1, Math.round((offer.until - now) / 1000));
	const fare = money(amount_minor, currency);
	return `A trip is offered: ${fare}, ${distance(offer.pickup_distance_m)} to the pickup. You have ${seconds} seconds to answer.`;
}

function ofTrip(trip: Trip): string {
	switch (trip.state) {
		case "driver_assigned":
			return "The trip is yours. Drive to the pickup.";
		case "driver_arrived":
			return "You are at the pickup. Ask the rider for their PIN.";
		default:
			return "The ride has begun. Drive to the dropoff.";
	}
}

export function ofEnd(ended: Ended): string {
	switch (ended.how) {
		case "completed":
			return "The ride is over.";
		case "cancelled":
			if (ended.by === "rider") return "The rider cancelled the trip.";
			if (ended.reason === "rider_no_show") return "The rider did not come. The trip is cancelled.";
			return ended.by === "driver" ? "You cancelled the trip." : "The trip was cancelled by the service.";
		case "handed_back":
			if (ended.by === "driver") return "You handed the trip back. It is offered to other drivers.";
			return "The trip is no longer yours. It is offered to other drivers.";
		default:
			return "The trip ended while you had no connection.";
	}
}
