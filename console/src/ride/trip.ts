/**
 * The state of a rider's trip, and how news changes it. No I/O.
 *
 * News may be lost, come twice, or overtake each other. The trip's version decides:
 *
 * | news                         | counts if                                          | then                                   |
 * |------------------------------|----------------------------------------------------|----------------------------------------|
 * | the trip, read by REST       | its version is the known one, or newer             | all of it is known                     |
 * | frame `trip.updated`, `sync` | its version is newer                               | the state is known; the rest is read   |
 * | an older `trip.updated`      | it names the present driver, who had no name yet   | the name is known                      |
 * | frame `driver.position`      | recorded later, and after the last driver left     | the car moves                          |
 * | the same position again      | it is told to be stale                             | the car is stale                       |
 * | `payment.action_required`    | the trip is requested                              | the bank wants the rider               |
 * | `trip.promised`              | no driver is assigned, and the trip is not over    | a driver comes after another ride      |
 * | any of them                  | it is about this trip                              |                                        |
 */

import type { LiveSchemas } from "../api/live";
import type { Place } from "../map/place";
import { hasDriver, isOver, looksForDriver, type TripState, type TripView } from "../trips/states";

export type DriverCard = LiveSchemas["DriverCard"];

/** The car at its last known position. */
export interface Car extends Place {
	/** Degrees from north, clockwise. */
	heading_deg: number | null;
	/** Seconds to the pickup, or to the dropoff once the ride is under way. */
	eta_s: number | null;
	recorded_at: string;
	/** When this app heard of it, in its own milliseconds. */
	heardMs: number;
	/** From when on the position is stale, in this app's milliseconds: its clock may differ from the service's. */
	staleMs: number;
}

export interface Promised {
	pickup_at: string;
	until: string;
}

export interface Ride {
	/** As it was last read; `version` and `state` may be ahead of it. */
	trip: TripView;
	version: number;
	state: TripState;
	driver: DriverCard | null;
	car: Car | null;
	promised: Promised | null;
	/** When a driver gave the trip back, as far as is known, by the service's clock; null if none did. */
	handed_back_at: string | null;
}

export type News =
	| { type: "read"; trip: TripView }
	| { type: "trip.updated"; data: LiveSchemas["TripUpdated"] }
	| { type: "sync"; data: LiveSchemas["Synced"] }
	| { type: "driver.position"; data: LiveSchemas["DriverPosition"]; at: string; heardMs: number }
	| { type: "payment.action_required"; data: LiveSchemas["PaymentActionRequired"] }
	| { type: "trip.promised"; data: LiveSchemas["TripPromised"] }
	| { type: "trip.promise_ended"; data: LiveSchemas["PromiseEnded"] };

/** More is known to have happened than was read: the trip has to be read again. */
export function isBehind(ride: Ride): boolean {
	return ride.trip.version < ride.version;
}

export function isStale(car: Car, nowMs: number): boolean {
	return nowMs >= car.staleMs;
}

/** A trip that was just read, with nothing known but itself. */
export function rideOf(trip: TripView): Ride {
	const driver = driverOf(trip, null);
	return { trip, version: trip.version, state: trip.state, driver, car: null, promised: null, handed_back_at: null };
}

/** The ride after the news; the same object if the news does not count. */
export function after(ride: Ride, news: News): Ride {
	switch (news.type) {
		case "read":
			return afterRead(ride, news.trip);
		case "trip.updated":
			return afterUpdate(ride, news.data);
		case "sync":
			return afterSync(ride, news.data);
		case "driver.position":
			return afterPosition(ride, news);
		case "payment.action_required":
			return afterAsking(ride, news.data);
		case "trip.promised":
			if (news.data.trip_id !== ride.trip.id || !looksForDriver(ride.state)) return ride;
			return { ...ride, promised: { pickup_at: news.data.pickup_at, until: news.data.until } };
		case "trip.promise_ended":
			return news.data.trip_id === ride.trip.id && ride.promised ? { ...ride, promised: null } : ride;
	}
}

function afterAsking(ride: Ride, { trip_id, ...payment_action }: LiveSchemas["PaymentActionRequired"]): Ride {
	if (trip_id !== ride.trip.id || ride.state !== "requested") return ride;
	return { ...ride, trip: { ...ride.trip, payment_action } };
}

function afterRead(ride: Ride, trip: TripView): Ride {
	if (trip.id !== ride.trip.id || trip.version < ride.version) return ride;
	return { ...drivenBy(inState(ride, trip.state, trip.version), driverOf(trip, ride.driver)), trip };
}

/** The ride with its driver. If the news of a change was lost, the car that is known is still the former driver's. */
function drivenBy(ride: Ride, driver: DriverCard | null): Ride {
	if (!driver || !ride.driver || driver.id === ride.driver.id) return { ...ride, driver };
	return { ...ride, driver, car: null, handed_back_at: ride.car?.recorded_at ?? ride.handed_back_at };
}

function afterUpdate(ride: Ride, update: LiveSchemas["TripUpdated"]): Ride {
	if (update.trip_id !== ride.trip.id) return ride;
	if (update.version <= ride.version) return introduced(ride, update.driver ?? null);
	const next = inState(ride, update.state, update.version);
	if (update.event === "DriverCancelled") return { ...next, handed_back_at: update.at };
	return drivenBy(next, update.driver ?? cardOf(update.driver_id, next.driver));
}

/** A view knows no driver's name: the frame that has it still counts if it is late. */
function introduced(ride: Ride, driver: DriverCard | null): Ride {
	const isNew = driver !== null && driver.id === ride.driver?.id && ride.driver.name === null && driver.name !== null;
	return isNew ? { ...ride, driver } : ride;
}

function afterSync(ride: Ride, synced: LiveSchemas["Synced"]): Ride {
	const { trip, promised } = synced;
	if (!trip || trip.trip_id !== ride.trip.id || trip.version < ride.version) return ride;
	const next = trip.version > ride.version ? inState(ride, trip.state, trip.version) : ride;
	const left = synced.events.findLast((event) => event.type === "DriverCancelled" && event.version > ride.version);
	const told = left ? { ...next, car: null, driver: null, handed_back_at: left.at } : next;
	const waits = promised?.trip_id === trip.trip_id && looksForDriver(told.state);
	return { ...told, promised: waits ? { pickup_at: promised.pickup_at, until: promised.until } : null };
}

function afterPosition(ride: Ride, news: Extract<News, { type: "driver.position" }>): Ride {
	const { data, at, heardMs } = news;
	if (data.trip_id !== ride.trip.id || isOver(ride.state)) return ride;
	if (ride.handed_back_at !== null && !isLater(data.recorded_at, ride.handed_back_at)) return ride;
	const known = ride.car;
	if (known && !isLater(data.recorded_at, known.recorded_at)) {
		const isSame = data.recorded_at === known.recorded_at;
		return isSame && data.stale && heardMs < known.staleMs ? { ...ride, car: { ...known, staleMs: heardMs } } : ride;
	}
	const freshMs = data.stale ? 0 : Math.max(0, Date.parse(data.stale_after) - Date.parse(at));
	const { lat, lng, heading_deg, eta_s, recorded_at } = data;
	return { ...ride, car: { lat, lng, heading_deg, eta_s, recorded_at, heardMs, staleMs: heardMs + freshMs } };
}

/** The ride in another state. What belongs to a driver is forgotten if there is none. */
function inState(ride: Ride, state: TripState, version: number): Ride {
	const next = { ...ride, state, version };
	if (!looksForDriver(state)) next.promised = null;
	if (state === "in_progress" && ride.state !== state && ride.car) next.car = { ...ride.car, eta_s: null };
	if (looksForDriver(state)) {
		next.driver = null;
		next.car = null;
		if (hasDriver(ride.state)) next.handed_back_at = ride.car?.recorded_at ?? ride.trip.assigned_at;
	}
	return next;
}

/** The driver of the trip. Name and rating come in a frame alone, so they are kept while the driver is the same. */
function driverOf(trip: TripView, known: DriverCard | null): DriverCard | null {
	if (!trip.driver_id) return null;
	const card = cardOf(trip.driver_id, known);
	return card && { ...card, vehicle: trip.vehicle ?? card.vehicle };
}

/** What is known of the driver with this id; of another one than before, nothing is. */
function cardOf(id: string | null, known: DriverCard | null): DriverCard | null {
	if (id === null || known?.id === id) return known;
	return { id, name: null, rating: null, vehicle: null };
}

function isLater(one: string, other: string): boolean {
	return Date.parse(one) > Date.parse(other);
}
