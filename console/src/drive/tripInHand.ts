/** Acts of a driver on the trip in hand, and the reads that follow its changes. */

import { ProblemError } from "../api/problem";
import type { Rest } from "../api/rest";
import type { TripView } from "../trips/states";
import type { Phone } from "./phone";
import * as shifts from "./shift";
import type { DriverState } from "./state";

const ASK_AGAIN_MS = 3000;
const ARRIVAL_TRIES = 10;
const ARRIVAL_EVERY_MS = 1000;
/** The service has not heard from the phone at the pickup. */
const NOT_SEEN_YET = new Set(["not_at_pickup", "position_unknown"]);

export class TripInHand {
	private readonly rest: Rest;
	private readonly state: DriverState;
	private readonly phone: Phone;
	private readonly reading = new Set<string>();

	constructor(rest: Rest, state: DriverState, phone: Phone) {
		this.rest = rest;
		this.state = state;
		this.phone = phone;
		state.onShift(() => this.readUnread());
	}

	/** The driver is at the pickup. The phone's last position may still be on its way: then the app asks again. */
	async arrive(tripId: string, isThere: boolean): Promise<void> {
		for (let attempt = 1; ; attempt++) {
			try {
				const { data } = await this.rest.POST("/v1/trips/{trip_id}/arrive", of(tripId));
				return this.view(tripId, data ?? null);
			} catch (error) {
				const mayBeLate = error instanceof ProblemError && NOT_SEEN_YET.has(error.code) && isThere;
				if (!mayBeLate || attempt === ARRIVAL_TRIES) throw error;
				this.phone.owe();
				await pause(ARRIVAL_EVERY_MS);
			}
		}
	}

	/** The rider is in the car and has told their PIN. */
	async begin(tripId: string, pin: string): Promise<void> {
		const { data } = await this.rest.POST("/v1/trips/{trip_id}/start", { ...of(tripId), body: { pin } });
		this.view(tripId, data ?? null);
	}

	async complete(tripId: string): Promise<void> {
		const { data } = await this.rest.POST("/v1/trips/{trip_id}/complete", of(tripId));
		this.view(tripId, data ?? null);
	}

	/** Hand the trip back, or report that the rider did not come: the service decides which it is. */
	async cancel(tripId: string, reason: string | null): Promise<void> {
		const { data } = await this.rest.POST("/v1/trips/{trip_id}/cancel", { ...of(tripId), body: { reason } });
		this.view(tripId, data ?? null);
		this.state.change(shifts.leftByDriver(this.state.snapshot().shift, tripId));
	}

	/** The driver has read what became of the last trip. */
	dismiss(): void {
		this.state.change(shifts.read(this.state.snapshot().shift));
	}

	private view(id: string, view: TripView | null): void {
		this.state.change(shifts.viewed(this.state.snapshot().shift, id, view, this.state.driverId));
	}

	/** Read a trip of which frames tell more than is known. */
	private readUnread(): void {
		const id = this.state.isEnded ? null : shifts.unread(this.state.snapshot().shift);
		if (id) void this.read(id);
	}

	private async read(id: string): Promise<void> {
		if (this.reading.has(id)) return;
		this.reading.add(id);
		const wanted = this.versionOf(id);
		const view = await this.viewOf(id);
		if (view !== undefined) this.view(id, view);
		// An answer that is not there, or older than what frames tell, is not asked for again at once.
		const isBehind = shifts.unread(this.state.snapshot().shift) === id;
		if (isBehind && this.versionOf(id) === wanted) await pause(ASK_AGAIN_MS);
		this.reading.delete(id);
		this.readUnread();
	}

	/** The trip; null if it is not the driver's, undefined if it could not be read. */
	private async viewOf(id: string): Promise<TripView | null | undefined> {
		try {
			return (await this.rest.GET("/v1/trips/{trip_id}", of(id))).data;
		} catch (error) {
			return error instanceof ProblemError && error.problem.status === 404 ? null : undefined;
		}
	}

	private versionOf(id: string): number | undefined {
		return this.state.snapshot().shift.versions[id];
	}
}

function of(trip_id: string) {
	return { params: { path: { trip_id } } };
}

function pause(ms: number): Promise<void> {
	return new Promise((resolve) => setTimeout(resolve, ms));
}
