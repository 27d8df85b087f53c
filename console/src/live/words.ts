/** How states and events are told to operators. */

export const STATES = {
	free: "Free",
	to_pickup: "To a pickup",
	with_rider: "With a rider",
	silent: "Silent",
} as const;

export type CarState = keyof typeof STATES;

/** The states in the order of the channel's numbers. */
export const CAR_STATES: CarState[] = ["free", "to_pickup", "with_rider", "silent"];

const TRIP_STATES: Record<string, string> = {
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

const EVENTS: Record<string, string> = {
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

export function tripState(state: string): string {
	return TRIP_STATES[state] ?? state;
}

export function event(name: string): string {
	return EVENTS[name] ?? name;
}

/** The seconds since a time as minutes and seconds: 0:07, 12:40. */
export function since(at: string, now: number): string {
	const seconds = Math.max(0, Math.floor((now - Date.parse(at)) / 1000));
	return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

export function clock(at: string, timeZone: string): string {
	return new Date(at).toLocaleTimeString(undefined, {
		timeZone,
		hour: "2-digit",
		minute: "2-digit",
		second: "2-digit",
	});
}

/** A short name of an id, for people: its last six digits. */
export function short(id: string): string {
	return id.slice(-6);
}

export function money(minor: number, currency: string): string {
	const format = new Intl.NumberFormat(undefined, { style: "currency", currency });
	const digits = format.resolvedOptions().maximumFractionDigits ?? 2;
	return format.format(minor / 10 ** digits);
}

export function kilometres(metres: number): string {
	return metres < 1000 ? `${Math.round(metres)} m` : `${(metres / 1000).toFixed(1)} km`;
}
