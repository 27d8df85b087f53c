/** Words for states and events on the operators' page. */

import type { Market } from "../api/config";
import type { TripState } from "../trips/states";
import type { Happened } from "./frames";

export const STATES = {
	free: "Free",
	to_pickup: "To a pickup",
	with_rider: "With a rider",
	silent: "Silent",
} as const;

export type CarState = keyof typeof STATES;

/** The states in the order of the channel's numbers. */
export const CAR_STATES: CarState[] = ["free", "to_pickup", "with_rider", "silent"];

const TRIP_STATES: Record<TripState, string> = {
	requested: "Requested",
	matching: "Waits for a driver",
	driver_assigned: "Driver on the way",
	driver_arrived: "Driver at the pickup",
	in_progress: "On the ride",
	completed: "Completed",
	paid: "Paid",
	payment_failed: "Payment failed",
	no_driver_found: "No driver found",
	cancelled: "Cancelled",
};

const EVENTS: Record<Happened["event"], string> = {
	TripRequested: "Ride requested",
	TripMatching: "Looking for a driver",
	DriverAssigned: "Driver assigned",
	DriverArrived: "Driver at the pickup",
	DriverCancelled: "Driver handed back",
	TripStarted: "Ride began",
	TripCompleted: "Ride ended",
	TripPaid: "Paid",
	TripSettled: "Settled",
	TripPaymentFailed: "Payment failed",
	TripCancelled: "Cancelled",
	NoDriverFound: "No driver found",
	PinRefused: "Wrong PIN",
	TripRated: "Rated",
};

/** A tab may be older than the service: then a new word stands for itself. */
export function tripState(state: TripState): string {
	return TRIP_STATES[state] ?? state;
}

export function event(name: Happened["event"]): string {
	return EVENTS[name] ?? name;
}

/** What riders order, by the name that they know it by. */
export function productOf(market: Market, id: string): string {
	return market.products.find((product) => product.id === id)?.name ?? id;
}

/** A short name of an id, for people: its last six digits. */
export function short(id: string): string {
	return id.slice(-6);
}
