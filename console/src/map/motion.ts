/**
 * Where a car is shown between two positions. No I/O.
 *
 * Positions come every few seconds. The shown car drives from where it is shown to the newest position, and takes as
 * long as the last two positions were apart: it is then a few seconds late, and never jumps.
 */

import { distanceM, headingDeg, type Place } from "./place";

export interface Placed extends Place {
	/** Degrees from north, clockwise; null if it is not known. */
	heading_deg: number | null;
}

const USUAL_MS = 4_000;
const SHORTEST_MS = 400;
const LONGEST_MS = 6_000;
/** A car that was not seen for a while is not driven through the houses. */
const JUMP_M = 1_500;
/** A shorter move says nothing of the direction. */
const TURNS_AFTER_M = 4;
/** The car has turned after this share of its way. */
const TURN_SHARE = 0.25;

export class Motion {
	private from: Placed;
	private to: Placed;
	private beganMs: number;
	private takesMs = 0;

	constructor(at: Placed, nowMs: number) {
		this.from = at;
		this.to = at;
		this.beganMs = nowMs;
	}

	/** Drive to a new position. */
	heard(to: Placed, nowMs: number): void {
		const shown = this.at(nowMs);
		const sinceMs = this.takesMs === 0 ? USUAL_MS : nowMs - this.beganMs;
		const farM = distanceM(shown, to);
		this.from = shown;
		this.to = {
			...to,
			heading_deg: to.heading_deg ?? (farM > TURNS_AFTER_M ? headingDeg(shown, to) : shown.heading_deg),
		};
		this.takesMs = farM > JUMP_M ? 0 : Math.min(LONGEST_MS, Math.max(SHORTEST_MS, sinceMs));
		this.beganMs = nowMs;
	}

	/** Where it is shown at a time. */
	at(nowMs: number): Placed {
		const share = this.takesMs === 0 ? 1 : Math.min(1, (nowMs - this.beganMs) / this.takesMs);
		return {
			lat: this.from.lat + (this.to.lat - this.from.lat) * share,
			lng: this.from.lng + (this.to.lng - this.from.lng) * share,
			heading_deg: turned(this.from.heading_deg, this.to.heading_deg, Math.min(1, share / TURN_SHARE)),
		};
	}

	/** Whether the car has reached its last position. */
	isThere(nowMs: number): boolean {
		return nowMs - this.beganMs >= this.takesMs;
	}
}

/** The heading after a share of the turn, by the shorter way around. */
export function turned(from: number | null, to: number | null, share: number): number | null {
	if (from === null || to === null) return to;
	const turn = ((to - from + 540) % 360) - 180;
	return (from + turn * share + 360) % 360;
}
