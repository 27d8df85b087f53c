/** The sum of a driver's rides of a day: the fares that riders paid. */

import { type TripView, wasDriven } from "../trips/states";

export interface Day {
	/** The day's rides, newest first. */
	rides: TripView[];
	totalMinor: number;
	currency: string;
	/** Rides whose payment is under way. */
	unsettled: number;
}

/** The calendar day of a moment in a time zone, such as `2026-10-01`. */
export function dayOf(at: Date, timeZone: string): string {
	return new Intl.DateTimeFormat("en-CA", { timeZone, dateStyle: "short" }).format(at);
}

/** The fare of a trip, or the fee that its rider paid; null while that is not settled. */
export function fareOf(trip: TripView): number | null {
	if (trip.state === "paid") return trip.final_amount_minor;
	if (trip.state === "cancelled") return trip.cancellation_fee_minor;
	return null;
}

/** The driver's rides of the day of `now` that are paid in a market's currency, out of their trips, newest first. */
export function earned(trips: TripView[], driverId: string, now: Date, timeZone: string, currency: string): Day {
	const today = dayOf(now, timeZone);
	const rides = trips.filter((trip) => {
		const end = trip.completed_at ?? trip.ended_at;
		if (trip.driver_id !== driverId || trip.currency !== currency || end === null) return false;
		return dayOf(new Date(end), timeZone) === today && counts(trip);
	});
	return {
		rides,
		totalMinor: rides.reduce((total, trip) => total + (fareOf(trip) ?? 0), 0),
		currency,
		unsettled: rides.filter((trip) => trip.state === "completed").length,
	};
}

function counts(trip: TripView): boolean {
	if (trip.state === "cancelled") return trip.cancellation_fee_minor > 0;
	return wasDriven(trip.state);
}
