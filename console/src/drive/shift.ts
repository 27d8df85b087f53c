/**
 * A driver's work: the offers, the trip in hand, the promised next trip, and the trip that ended last.
 *
 * Pure functions from what is known and what was heard to what is known then. Frames come in any order and twice:
 * a trip's version decides, and an offer that was taken back does not return by an older frame. Times are
 * milliseconds since the epoch, by this phone's clock.
 */

import type { Frames, LiveSchemas } from "../api/live";
import type { Schemas } from "../api/rest";
import type { Place } from "../map/place";
import { hasDriver, type TripState, type TripView, wasDriven } from "../trips/states";

type OfferData = LiveSchemas["TripOffer"];

export interface Offer extends OfferData {
	/** When it expires, also if this phone's clock is off. */
	until: number;
	livesMs: number;
}

export interface Trip {
	id: string;
	state: TripState;
	version: number;
	pickup: Place | null;
	dropoff: Place | null;
	/** The trip as REST last answered; it may be of an older version than `version`. */
	view: TripView | null;
}

export type NextTrip = LiveSchemas["PromisedTrip"];

/** A trip that left the driver's hands, until they have read what became of it. */
export interface Ended {
	id: string;
	how: "completed" | "cancelled" | "handed_back" | "unknown";
	state: TripState | null;
	by: Schemas["Actor"] | null;
	reason: string | null;
	feeMinor: number;
	view: TripView | null;
}

export interface Shift {
	offers: readonly Offer[];
	trip: Trip | null;
	next: NextTrip | null;
	ended: Ended | null;
	/** The newest version known of each trip. */
	versions: Readonly<Record<string, number>>;
	/** When an offer was taken back or answered, by the service's clock. */
	voided: Readonly<Record<string, number>>;
}

export const FRESH: Shift = { offers: [], trip: null, next: null, ended: null, versions: {}, voided: {} };

/** Where the trip in hand needs the car: the pickup, then the dropoff. */
export function target({ trip }: Shift): Place | null {
	if (!trip) return null;
	return trip.state === "in_progress" ? trip.dropoff : trip.pickup;
}

/** An offer came. */
export function offered(shift: Shift, frame: Frames["trip.offer"], now: number): Shift {
	const offer = frame.data;
	const voided = shift.voided[offer.trip_id];
	if (voided !== undefined && Date.parse(offer.offered_at) <= voided) return shift;
	if (shift.trip?.id === offer.trip_id) return shift;
	const expires = Date.parse(offer.expires_at);
	const leftMs = expires - Date.parse(frame.at);
	if (leftMs <= 0) return shift;
	const livesMs = Math.max(leftMs, expires - Date.parse(offer.offered_at));
	const others = shift.offers.filter((each) => each.trip_id !== offer.trip_id);
	const offers = [...others, { ...offer, until: now + leftMs, livesMs }].sort((a, b) => a.until - b.until);
	return { ...shift, offers };
}

/** Offers whose time is over are gone. */
export function expired(shift: Shift, now: number): Shift {
	if (shift.offers.every((offer) => offer.until > now)) return shift;
	return { ...shift, offers: shift.offers.filter((offer) => offer.until > now) };
}

/** An offer or a promise is void: taken back, declined, or refused. `at` is the service's time. */
export function voided(shift: Shift, tripId: string, at: string): Shift {
	const former = shift.voided[tripId] ?? 0;
	return {
		...shift,
		offers: without(shift.offers, tripId),
		next: shift.next?.trip_id === tripId ? null : shift.next,
		voided: { ...shift.voided, [tripId]: Math.max(former, Date.parse(at)) },
	};
}

/** The driver's acceptance counts. With a trip in hand it is a promise until a time. */
export function accepted(shift: Shift, tripId: string, promisedUntil: string | null, at: string): Shift {
	const offer = shift.offers.find((each) => each.trip_id === tripId);
	const rest = voided(shift, tripId, at);
	if (promisedUntil !== null) {
		if (!offer) return { ...rest, next: shift.next };
		const { trip_id, after_trip, pickup, dropoff } = offer;
		const pickup_at = new Date(Date.parse(offer.offered_at) + offer.pickup_eta_s * 1000).toISOString();
		return { ...rest, next: { trip_id, after_trip, pickup, dropoff, pickup_at, until: promisedUntil } };
	}
	if (shift.trip?.id === tripId || shift.versions[tripId] !== undefined) return rest;
	const trip: Trip = {
		id: tripId,
		state: "driver_assigned",
		version: 0,
		pickup: offer?.pickup ?? null,
		dropoff: offer?.dropoff ?? null,
		view: null,
	};
	return { ...rest, trip, ended: null };
}

/** Something happened to a trip of the driver's. */
export function updated(shift: Shift, update: LiveSchemas["TripUpdated"], driverId: string): Shift {
	const { trip_id: id, version, state } = update;
	if (version <= (shift.versions[id] ?? 0)) return shift;
	const known: Shift = { ...shift, versions: { ...shift.versions, [id]: version } };
	const mine = update.driver_id === driverId;
	if (mine && hasDriver(state)) return inHand(known, id, state, version);
	const held = shift.trip?.id === id ? shift.trip : null;
	if (!held) return aboutEnded(known, update);
	const over: Ended = {
		id,
		how: wasDriven(state) ? "completed" : state === "cancelled" ? "cancelled" : "handed_back",
		state,
		by: update.cancelled_by ?? null,
		reason: update.reason ?? null,
		feeMinor: update.fee_minor ?? 0,
		view: held.view,
	};
	return { ...known, trip: null, ended: over };
}

/** The answer to `sync`, after a reconnect or a reload. */
export function synced(shift: Shift, told: LiveSchemas["Synced"]): Shift {
	const next = told.promised ?? null;
	const trip = told.trip;
	if (trip === null) {
		if (!shift.trip) return { ...shift, next };
		return { ...shift, next, trip: null, ended: unknownEnd(shift.trip) };
	}
	if (trip.version < (shift.versions[trip.trip_id] ?? 0)) return { ...shift, next };
	const known: Shift = { ...shift, next, versions: { ...shift.versions, [trip.trip_id]: trip.version } };
	const replaced = shift.trip && shift.trip.id !== trip.trip_id ? unknownEnd(shift.trip) : shift.ended;
	if (!hasDriver(trip.state)) return known;
	return {
		...inHand({ ...known, ended: replaced }, trip.trip_id, trip.state, trip.version),
		trip: {
			id: trip.trip_id,
			state: trip.state,
			version: trip.version,
			pickup: trip.pickup ?? null,
			dropoff: trip.dropoff ?? null,
			view: shift.trip?.id === trip.trip_id ? shift.trip.view : null,
		},
	};
}

/** A trip that was read by REST. Null if it is no longer the driver's. */
export function viewed(shift: Shift, id: string, view: TripView | null, driverId: string): Shift {
	const about = shift.trip?.id === id || shift.ended?.id === id;
	if (view === null || view.driver_id !== driverId) {
		if (shift.trip?.id === id)
			return { ...shift, trip: null, ended: { ...unknownEnd(shift.trip), how: "handed_back" } };
		if (shift.ended?.id === id && shift.ended.how === "unknown")
			return { ...shift, ended: { ...shift.ended, how: "handed_back" } };
		return shift;
	}
	if (!about || view.version < (shift.versions[id] ?? 0)) return shift;
	const known: Shift = { ...shift, versions: { ...shift.versions, [id]: view.version } };
	if (shift.trip?.id === id && hasDriver(view.state)) {
		const { state, version, pickup, dropoff } = view;
		return { ...known, trip: { id, state, version, pickup, dropoff, view } };
	}
	const over: Ended = {
		id,
		how: wasDriven(view.state) ? "completed" : "cancelled",
		state: view.state,
		by: view.cancelled_by,
		reason: view.cancel_reason,
		feeMinor: view.cancellation_fee_minor,
		view,
	};
	return { ...known, trip: shift.trip?.id === id ? null : shift.trip, ended: over };
}

/** It was the driver who gave the trip up. */
export function leftByDriver(shift: Shift, id: string): Shift {
	if (shift.ended?.id !== id || shift.ended.how !== "handed_back") return shift;
	return { ...shift, ended: { ...shift.ended, by: "driver" } };
}

/** The driver has read what became of the last trip. */
export function read(shift: Shift): Shift {
	return { ...shift, ended: null };
}

/** Whether REST has to be asked for the trip in hand or the ended one: something newer is known of it. */
export function unread(shift: Shift): string | null {
	const { trip, ended, versions } = shift;
	if (trip && (trip.view?.version ?? -1) < trip.version) return trip.id;
	if (trip && !trip.view) return trip.id;
	if (!ended || ended.how === "handed_back") return null;
	return (ended.view?.version ?? -1) < (versions[ended.id] ?? 0) || ended.how === "unknown" ? ended.id : null;
}

function inHand(shift: Shift, id: string, state: TripState, version: number): Shift {
	const offer = shift.offers.find((each) => each.trip_id === id);
	const next = shift.next?.trip_id === id ? shift.next : null;
	const held = shift.trip?.id === id ? shift.trip : null;
	const places = held ?? offer ?? next;
	return {
		...shift,
		offers: without(shift.offers, id),
		next: next ? null : shift.next,
		ended: shift.ended?.id === id ? null : shift.ended,
		trip: {
			id,
			state,
			version,
			pickup: places?.pickup ?? null,
			dropoff: places?.dropoff ?? null,
			view: held?.view ?? null,
		},
	};
}

/** News of a trip that is not in hand: of the one that ended, or of one that others have now. */
function aboutEnded(shift: Shift, update: LiveSchemas["TripUpdated"]): Shift {
	const { trip_id: id, state } = update;
	const rest = hasDriver(state) || state === "cancelled" ? voided(shift, id, update.at) : shift;
	if (shift.ended?.id !== id || shift.ended.how === "handed_back") return rest;
	if (wasDriven(state)) return { ...rest, ended: { ...shift.ended, how: "completed", state } };
	return rest;
}

function unknownEnd(trip: Trip): Ended {
	return { id: trip.id, how: "unknown", state: null, by: null, reason: null, feeMinor: 0, view: trip.view };
}

function without(offers: readonly Offer[], tripId: string): readonly Offer[] {
	return offers.filter((offer) => offer.trip_id !== tripId);
}
