/**
 * A phone's positions: when they are due, which are kept while there is no connection, and which are sent again.
 *
 * A moving car, or one on a trip, sends every 4 s, another one every 15 s. Every fourth position asks for an answer.
 * Positions after the last answer may be lost with their connection, so they are kept for the batch as well; a
 * position that arrives twice changes nothing.
 */

import { type Car, seen, type Times } from "./car";

export interface Fix {
	lat: number;
	lng: number;
	/** RFC 3339, with milliseconds. */
	recorded_at: string;
	heading_deg: number | null;
	speed_mps: number;
	accuracy_m: number;
}

export interface Sends {
	/** Whether there is a connection. */
	connected: () => boolean;
	/** Send a position over the WebSocket. False if there is no connection. */
	position: (fix: Fix & { sent_at: string; ack: boolean }) => boolean;
	/** Send kept positions by REST. Rejects if they did not arrive. */
	batch: (fixes: Fix[], sentAt: string) => Promise<void>;
}

export const BUSY_EVERY_MS = 4000;
export const STANDING_EVERY_MS = 15_000;
/** A car that is played faster sends more often, down to this. */
const SHORTEST_MS = 1000;
const ACK_EVERY = 4;
const MOST_IN_BATCH = 200;
/** The service reads no more in one request; older ones than these say little. */
const MOST_KEPT = 3 * MOST_IN_BATCH;
/** The accuracy that a good phone reports in a city. */
const ACCURACY_M = 5;

/** The milliseconds between two positions. */
export function paceMs(moves: boolean, onTrip: boolean, times: Times): number {
	if (moves) return Math.max(SHORTEST_MS, BUSY_EVERY_MS / times);
	return onTrip ? BUSY_EVERY_MS : STANDING_EVERY_MS;
}

export function fixOf(car: Car, at: number): Fix {
	const { at: place, headingDeg, speedMps } = seen(car, at);
	return {
		lat: rounded(place.lat, 6),
		lng: rounded(place.lng, 6),
		recorded_at: new Date(at).toISOString(),
		heading_deg: car.headingDeg === null && !car.drive ? null : rounded(headingDeg, 1),
		speed_mps: rounded(speedMps, 1),
		accuracy_m: ACCURACY_M,
	};
}

export class Phone {
	private readonly sends: Sends;
	private last: number | null = null;
	private owed = false;
	private moved = false;
	private count = 0;
	private unanswered: Fix[] = [];
	private waiting: Fix[] = [];
	private sending: Promise<void> | null = null;

	constructor(sends: Sends) {
		this.sends = sends;
	}

	/** The number of positions that wait for a connection. */
	get kept(): number {
		return this.waiting.length;
	}

	/** The car was put elsewhere: its position is due as soon as the pace allows. */
	owe(): void {
		this.owed = true;
	}

	/** Forget all positions, such as after going online. */
	begin(): void {
		this.last = null;
		this.owed = false;
		this.moved = false;
		this.count = 0;
		this.unanswered = [];
		this.waiting = [];
	}

	/** Send what is due by `now`. A slow timer sends the positions of the meantime too, as a batch. */
	tick(car: Car, onTrip: boolean, now: number): void {
		const { moves } = seen(car, now);
		const arrived = this.moved && !moves;
		this.moved = moves;
		const every = paceMs(moves || arrived, onTrip, car.drive?.times ?? 1);
		const moments = this.due(every, now, arrived);
		if (moments.length === 0) return;
		this.last = now;
		this.owed = false;
		const fixes = moments.map((moment) => fixOf(car, moment));
		if (fixes.length > 1) {
			this.keep(fixes);
			void this.flush();
			return;
		}
		const fix = fixes[0] as Fix;
		const ack = this.count % ACK_EVERY === 0;
		// Kept positions are older and go first: the service ignores a position that is older than the last one.
		if (this.waiting.length > 0 || !this.sends.position({ ...fix, sent_at: fix.recorded_at, ack })) {
			this.keep([fix]);
			if (this.sends.connected()) void this.flush();
			return;
		}
		this.count++;
		this.unanswered = [...this.unanswered, fix].slice(-MOST_IN_BATCH);
	}

	/** The service answered a position: those before it arrived as well. */
	answered(recordedAt: string): void {
		const at = Date.parse(recordedAt);
		this.unanswered = this.unanswered.filter((fix) => Date.parse(fix.recorded_at) > at);
	}

	/** Ask for an answer to the next position. */
	askNext(): void {
		this.count = 0;
	}

	/** The connection is lost: what was not answered is kept. */
	lost(): void {
		this.waiting = [...this.unanswered, ...this.waiting].slice(-MOST_KEPT);
		this.unanswered = [];
	}

	/** The connection is back: send what was kept, and ask for an answer to the next position. */
	back(): Promise<void> {
		this.askNext();
		return this.flush();
	}

	/** Send what is kept. What does not arrive stays kept. */
	flush(): Promise<void> {
		this.sending ??= this.sent().finally(() => {
			this.sending = null;
		});
		return this.sending;
	}

	private async sent(): Promise<void> {
		while (this.waiting.length > 0) {
			const batch = this.waiting.slice(0, MOST_IN_BATCH);
			try {
				await this.sends.batch(batch, new Date().toISOString());
			} catch {
				return;
			}
			const arrived = new Set(batch);
			this.waiting = this.waiting.filter((fix) => !arrived.has(fix));
		}
	}

	private due(every: number, now: number, arrived: boolean): number[] {
		if (this.last === null || arrived) return [now];
		if (this.owed && now - this.last >= SHORTEST_MS) return [now];
		const moments: number[] = [];
		for (let at = this.last + every; at <= now; at += every) moments.push(at);
		if (moments.length > 0) moments[moments.length - 1] = now;
		return moments;
	}

	private keep(fixes: Fix[]): void {
		this.waiting = [...this.waiting, ...fixes].slice(-MOST_KEPT);
	}
}

function rounded(value: number, digits: number): number {
	return Number(value.toFixed(digits));
}
