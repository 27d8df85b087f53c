/** The driver's account at the service: their data, whether they are online, and which trips they take. */

import type { Market } from "../api/config";
import { ProblemError } from "../api/problem";
import type { Rest, Schemas } from "../api/rest";
import type { Place } from "../map/place";
import * as reads from "./reads";
import { heads, isHeading } from "./remembered";
import type { Shift } from "./shift";
import type { DriverState, DriverView } from "./state";

const QUEUE_EVERY_MS = 20_000;
const TAKEN_OFFLINE = "You were taken offline: the service had heard nothing from this phone for a minute.";

/** Callbacks for the rest of the app. */
export interface Follow {
	/** The driver is known, for the first time. */
	known: () => void;
	online: () => void;
	offline: () => void;
}

export class Profile {
	private readonly rest: Rest;
	private readonly state: DriverState;
	private readonly market: Market;
	private readonly follow: Follow;
	private reading: Promise<void> | null = null;
	private queueAskedAt = 0;

	constructor(rest: Rest, state: DriverState, market: Market, follow: Follow) {
		this.rest = rest;
		this.state = state;
		this.market = market;
		this.follow = follow;
		state.onShift((before, shift) => this.countDay(before, shift));
	}

	/** Read the driver's own data, and what depends on it. Calls at the same time share one request. */
	read(): Promise<void> {
		this.reading ??= this.readOnce().finally(() => {
			this.reading = null;
		});
		return this.reading;
	}

	/** The service takes no positions: say so, if the driver is not online any more. */
	async wasTakenOffline(): Promise<void> {
		const wasOnline = this.state.snapshot().me?.online;
		await this.read();
		if (wasOnline && this.state.snapshot().me?.online === false) {
			this.state.set({ problem: TAKEN_OFFLINE, said: TAKEN_OFFLINE });
		}
	}

	async register(person: Schemas["RegisterDriver"]): Promise<void> {
		const { data } = await this.rest.POST("/v1/drivers/me", { ...once(), body: person });
		if (data) this.is(data);
	}

	async addVehicle(vehicle: Schemas["AddVehicle"]): Promise<void> {
		await this.rest.POST("/v1/drivers/me/vehicles", { ...once(), body: vehicle });
		await this.read();
	}

	async prefer(preferences: Schemas["PutPreferences"]): Promise<void> {
		const { data } = await this.rest.PUT("/v1/drivers/me/preferences", { body: preferences });
		if (data) this.is(data);
	}

	async goOnline(vehicleId: string, { lat, lng }: Place): Promise<void> {
		const { data } = await this.rest.POST("/v1/drivers/me/online", { body: { vehicle_id: vehicleId, lat, lng } });
		this.follow.online();
		this.state.set({ matchable: null, rejected: null, problem: null, said: "You are online. Wait for offers." });
		if (data) this.is(data);
	}

	async goOffline(): Promise<void> {
		const { data } = await this.rest.POST("/v1/drivers/me/offline");
		this.follow.offline();
		heads(false);
		this.state.set({ queue: null, destination: null, said: "You are offline." });
		if (data) this.is(data);
	}

	/** Take only trips that lead to a place. */
	async headFor(place: Place): Promise<void> {
		heads(true); // before the answer, which may be lost
		const { data } = await this.rest.PUT("/v1/drivers/me/destination", { body: { place } });
		this.state.set({ destination: data ?? null, said: "Only trips that lead to your destination are offered." });
	}

	async headAnywhere(): Promise<void> {
		await this.rest.DELETE("/v1/drivers/me/destination");
		heads(false);
		this.state.set({ destination: null, said: "All trips are offered again." });
	}

	/** Now and then, ask for the place in an airport's queue while the car waits there. */
	async tick(now: number, at: Place): Promise<void> {
		if (now - this.queueAskedAt <= QUEUE_EVERY_MS) return;
		this.queueAskedAt = now;
		const waits = !this.state.snapshot().shift.trip && reads.isInQueue(this.market, at);
		const queue = waits ? await reads.queue(this.rest) : null;
		if (queue !== this.state.snapshot().queue) this.state.set({ queue });
	}

	private async readOnce(): Promise<void> {
		try {
			const { data } = await this.rest.GET("/v1/drivers/me");
			if (data) this.is(data);
		} catch (error) {
			if (error instanceof ProblemError && error.code === "driver_not_found") this.state.set({ me: null });
			else this.state.fail(error);
		}
	}

	private is(me: DriverView): void {
		const { me: before, shift } = this.state.snapshot();
		this.state.set({ me });
		if (before?.online && !me.online && !shift.trip) {
			this.state.set({ said: "You are offline.", matchable: null, queue: null });
		}
		if (!before || before.online !== me.online) {
			void this.readDay();
			if (me.online && isHeading()) void this.readDestination();
		}
		if (!before) this.follow.known();
	}

	/** A trip that ended, or was paid, changes the day's sum. */
	private countDay(before: Shift, { ended }: Shift): void {
		if (ended && (ended.id !== before.ended?.id || ended.state !== before.ended?.state)) void this.readDay();
	}

	private async readDay(): Promise<void> {
		const day = await reads.day(this.rest, this.market, this.state.driverId);
		if (day) this.state.set({ day });
	}

	private async readDestination(): Promise<void> {
		this.state.set({ destination: await reads.destination(this.rest) });
	}
}

/** A request that creates something once, however often it arrives. */
function once() {
	return { params: { header: { "idempotency-key": crypto.randomUUID() } } };
}
