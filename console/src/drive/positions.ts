/** Sends the phone's positions, and keeps the service's verdicts on them. */

import type { Live, LiveSchemas } from "../api/live";
import { ProblemError } from "../api/problem";
import type { Rest } from "../api/rest";
import { type Fix, Phone } from "./phone";
import { ofVerdict, ofVerdicts } from "./sentences";
import type { DriverState } from "./state";

export const NOT_ONLINE = "driver_not_online";

export class Positions {
	readonly phone: Phone;
	private readonly rest: Rest;
	private readonly state: DriverState;
	private readonly notOnline: () => void;

	/** `notOnline` is called if the service takes no positions of this driver. */
	constructor(rest: Rest, live: Live, state: DriverState, notOnline: () => void) {
		this.rest = rest;
		this.state = state;
		this.notOnline = notOnline;
		this.phone = new Phone({
			connected: () => live.link() === "open",
			position: (fix) => live.send({ action: "location", ...fix }),
			batch: (fixes, sentAt) => this.sendKept(fixes, sentAt),
		});
	}

	/** Send what is due. */
	tick(now: number): void {
		const { car, shift } = this.state.snapshot();
		this.phone.tick(car, shift.trip !== null, now);
		this.tellKept();
	}

	recorded({ recorded_at, matchable }: LiveSchemas["LocationRecorded"]): void {
		this.phone.answered(recorded_at);
		this.state.set({ matchable, rejected: null });
	}

	rejected({ recorded_at, verdict, matchable }: LiveSchemas["LocationRejected"]): void {
		this.phone.answered(recorded_at);
		const rejected = ofVerdict(verdict);
		this.state.set(rejected ? { rejected, matchable, said: rejected } : { matchable });
		this.phone.askNext();
	}

	/** The connection is lost. */
	lost(): void {
		this.phone.lost();
		this.state.set({ kept: this.phone.kept, said: "The connection is lost. Positions are kept." });
	}

	/** The connection is back: what was kept is sent first. */
	async back(): Promise<void> {
		await this.phone.back();
		this.tellKept();
	}

	private tellKept(): void {
		const { kept } = this.phone;
		if (kept !== this.state.snapshot().kept) this.state.set({ kept });
	}

	/** Rejects if the positions may still arrive later. What is refused for good is not sent again. */
	private async sendKept(positions: Fix[], sent_at: string): Promise<void> {
		try {
			const { data } = await this.rest.POST("/v1/locations", { body: { positions, sent_at } });
			if (data) this.state.set({ matchable: data.matchable, rejected: ofVerdicts(data.verdicts) });
		} catch (error) {
			if (!(error instanceof ProblemError) || mayArriveLater(error.problem.status)) throw error;
			if (error.code === NOT_ONLINE) this.notOnline();
		}
	}
}

/** There was no answer, the service failed, or it had too many requests. */
function mayArriveLater(status: number): boolean {
	return status === 0 || status === 429 || status >= 500;
}
