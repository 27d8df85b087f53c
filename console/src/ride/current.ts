/**
 * The rider's trip, kept up to date: requested, heard of by frames, synchronized after each reconnect, and read again
 * when a frame names a newer version than is known, or when nothing was heard for a while.
 */

import type { Live } from "../api/live";
import { ProblemError } from "../api/problem";
import type { Rest, Schemas } from "../api/rest";
import { hasDriver, isOver, type TripView } from "../trips/states";
import { after, type DriverCard, isBehind, type News, type Ride, rideOf } from "./trip";

/** A phone that has heard nothing for this long asks by REST: a frame can be lost, the trip cannot. */
const QUIET_MS = 8_000;
const LOOK_EVERY_MS = 2_000;
const DRIVERS = "rideflow.rider.driver";

const FRAMES = [
	"trip.updated",
	"driver.position",
	"payment.action_required",
	"trip.promised",
	"trip.promise_ended",
] as const;

export class CurrentRide {
	private readonly rest: Rest;
	private readonly live: Live;
	private readonly listeners = new Set<() => void>();
	private ride: Ride | null = null;
	private restored = false;
	private heardMs = 0;
	private reading: Promise<void> | null = null;
	private ends: (() => void)[] = [];
	/** An answer may come after the rider has signed out: it changes nothing, and nothing is asked again. */
	private ended = false;

	constructor(rest: Rest, live: Live) {
		this.rest = rest;
		this.live = live;
	}

	/** The ride, or null if there is none. */
	snapshot = (): Ride | null => this.ride;

	/** Whether it is known if there is a ride. */
	isRestored = (): boolean => this.restored;

	subscribe = (listener: () => void): (() => void) => {
		this.listeners.add(listener);
		return () => this.listeners.delete(listener);
	};

	/** Listen, and find the trip that is not over. Returns what ends that. */
	start(): () => void {
		this.ended = false;
		this.ends = [
			...FRAMES.map((type) =>
				this.live.on(type, (frame) => this.hear({ ...frame, type, heardMs: Date.now() } as News)),
			),
			this.live.onLink(() => void this.linked()),
		];
		const timer = setInterval(() => this.look(), LOOK_EVERY_MS);
		void this.restore();
		return () => {
			this.ended = true;
			clearInterval(timer);
			for (const end of this.ends) end();
		};
	}

	/** Request the ride of a quote. The key is the quote's, so a repeat opens no second trip. Throws `ProblemError`. */
	async request(quote: Schemas["QuoteView"]): Promise<void> {
		const headers = { "idempotency-key": `trip-${quote.id}` };
		const params = { header: headers };
		try {
			const { data } = await this.rest.POST("/v1/trips", { params, body: { quote_id: quote.id } });
			if (data) this.take(rideOf(data));
		} catch (error) {
			const active = error instanceof ProblemError && error.code === "active_trip_exists" ? tripIn(error) : undefined;
			if (!active) throw error;
			await this.adopt(active);
		}
	}

	/** Cancel the trip. Throws `ProblemError`, also if it is too late: the trip is then read again. */
	async cancel(): Promise<void> {
		const trip = this.ride?.trip;
		if (!trip) return;
		try {
			const { data } = await this.rest.POST("/v1/trips/{trip_id}/cancel", {
				params: { path: { trip_id: trip.id } },
				body: {},
			});
			if (data) this.hear({ type: "read", trip: data });
		} catch (error) {
			void this.read();
			throw error;
		}
	}

	/** Look no more at a ride that is over. */
	leave(): void {
		if (!this.ride || !isOver(this.ride.state)) return;
		this.ride = null;
		forget();
		this.tell();
	}

	private async restore(): Promise<void> {
		try {
			const { data } = await this.rest.GET("/v1/trips", { params: { query: { limit: 1 } } });
			const last = data?.trips[0];
			if (last && !isOver(last.state) && !this.ride) {
				this.take(rideOf(last));
				if (last.state === "requested") void this.read(); // a list does not tell what the bank wants
			}
		} catch {
			setTimeout(() => void (this.restored || this.ended || this.restore()), QUIET_MS);
			return;
		}
		this.restored = true;
		this.tell();
	}

	private async linked(): Promise<void> {
		this.tell();
		if (this.live.link() !== "open") return;
		const known = this.ride && !isOver(this.ride.state) ? this.ride : null;
		const asked = known ? { trip_id: known.trip.id, after_version: known.version } : {};
		try {
			const { data } = await this.live.ask<"sync">({ action: "sync", ...asked });
			if (this.ride) this.hear({ type: "sync", data });
			else if (data.trip && !isOver(data.trip.state)) await this.adopt(data.trip.trip_id);
		} catch {
			// The next look reads the trip.
		}
	}

	private look(): void {
		if (!this.ride || isOver(this.ride.state) || document.hidden) return;
		if (Date.now() - this.heardMs > QUIET_MS) void this.read();
	}

	private hear(news: News): void {
		if (!this.ride) return;
		const next = after(this.ride, news);
		this.heardMs = Date.now();
		if (next === this.ride) return;
		this.take(next);
		if (isBehind(next)) void this.read();
	}

	private async adopt(trip_id: string): Promise<void> {
		const { data } = await this.rest.GET("/v1/trips/{trip_id}", { params: { path: { trip_id } } });
		if (data) this.take(rideOf(data));
	}

	/** Read the trip; calls at the same time share one request. */
	private read(): Promise<void> {
		if (this.ended) return Promise.resolve();
		this.reading ??= this.readOnce().finally(() => {
			this.reading = null;
			if (this.ride && isBehind(this.ride)) setTimeout(() => void this.read(), LOOK_EVERY_MS);
		});
		return this.reading;
	}

	private async readOnce(): Promise<void> {
		const trip_id = this.ride?.trip.id;
		if (!trip_id) return;
		this.heardMs = Date.now();
		try {
			const { data } = await this.rest.GET("/v1/trips/{trip_id}", { params: { path: { trip_id } } });
			if (data) this.hear({ type: "read", trip: data as TripView });
		} catch {
			// There may be no connection: the next look reads it again.
		}
	}

	private take(ride: Ride): void {
		if (this.ended) return;
		this.heardMs = Date.now();
		this.ride = withDriver(ride);
		this.tell();
	}

	private tell(): void {
		for (const listener of this.listeners) listener();
	}
}

/** A driver's name and rating come once, in a frame: they are kept for a reload of the page. */
function withDriver(ride: Ride): Ride {
	const { driver } = ride;
	if (!driver || !(hasDriver(ride.state) || ride.state === "completed")) return ride;
	if (driver.name !== null) {
		sessionStorage.setItem(DRIVERS, JSON.stringify(driver));
		return ride;
	}
	const kept = JSON.parse(sessionStorage.getItem(DRIVERS) ?? "null") as DriverCard | null;
	return kept?.id === driver.id ? { ...ride, driver: { ...kept, vehicle: driver.vehicle ?? kept.vehicle } } : ride;
}

/** Forget the driver: the ride is left, or another person may sign in in this tab. */
export function forget(): void {
	sessionStorage.removeItem(DRIVERS);
}

function tripIn(error: ProblemError): string | undefined {
	return (error.problem as { trip_id?: string }).trip_id;
}
