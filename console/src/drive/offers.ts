/** Accepts and declines offers, and removes those that the service takes back. */

import { answerTo, type Live } from "../api/live";
import { ProblemError } from "../api/problem";
import type { Rest } from "../api/rest";
import * as shifts from "./shift";
import type { DriverState } from "./state";

/** The answer to a driver whose first acceptance counted, but was not answered in time. */
const ACCEPTED_BEFORE = "offer_accepted";

export class Offers {
	private readonly rest: Rest;
	private readonly live: Live;
	private readonly state: DriverState;

	constructor(rest: Rest, live: Live, state: DriverState) {
		this.rest = rest;
		this.live = live;
		this.state = state;
	}

	/** Take an offer: over the WebSocket, or by REST if that does not answer. */
	async accept(tripId: string): Promise<void> {
		await this.answer(tripId, async () => {
			const answer = await answerTo<"offer.accepted">(this.live, { action: "offer.accept", trip_id: tripId });
			const until = answer ? answer.promised_until : await this.acceptByRest(tripId);
			this.accepted(tripId, until ?? null, now());
		});
	}

	/** Leave an offer to others, in the same ways. */
	async decline(tripId: string): Promise<void> {
		await this.answer(tripId, async () => {
			const answer = await answerTo<"offer.declined">(this.live, { action: "offer.decline", trip_id: tripId });
			if (!answer) await this.rest.POST("/v1/trips/{trip_id}/offer/decline", { params: { path: { trip_id: tripId } } });
			this.takeBack(tripId, now());
		});
	}

	/** The acceptance counts since `at`. With a trip in hand it is a promise `until` then. */
	accepted(tripId: string, until: string | null, at: string): void {
		this.state.change(shifts.accepted(this.state.snapshot().shift, tripId, until, at));
	}

	/** The offer is void since `at`. */
	takeBack(tripId: string, at: string): void {
		this.state.change(shifts.voided(this.state.snapshot().shift, tripId, at));
	}

	/** The service took the offer back. The page says so if the driver had it. */
	withdrawn(tripId: string, at: string): void {
		const { offers, next } = this.state.snapshot().shift;
		const had = offers.some((offer) => offer.trip_id === tripId) || next?.trip_id === tripId;
		this.takeBack(tripId, at);
		if (had) this.state.set({ said: "An offer was taken back.", problem: "The offer was taken back." });
	}

	/** Answer an offer once, however often a driver taps. One that the service refuses to answer is gone. */
	private async answer(tripId: string, answer: () => Promise<void>): Promise<void> {
		const { answering } = this.state.snapshot();
		if (answering.includes(tripId)) return;
		this.state.set({ answering: [...answering, tripId], problem: null });
		try {
			await answer();
		} catch (error) {
			this.state.fail(error);
			if (error instanceof ProblemError && error.problem.status >= 400 && error.problem.status < 500) {
				this.takeBack(tripId, now());
			}
		} finally {
			this.state.set({ answering: this.state.snapshot().answering.filter((each) => each !== tripId) });
		}
	}

	private async acceptByRest(tripId: string): Promise<string | null> {
		try {
			const { data } = await this.rest.POST("/v1/trips/{trip_id}/offer/accept", {
				params: { path: { trip_id: tripId } },
			});
			return data?.promised_until ?? null;
		} catch (error) {
			if (error instanceof ProblemError && error.code === ACCEPTED_BEFORE) return null;
			throw error;
		}
	}
}

function now(): string {
	return new Date().toISOString();
}
