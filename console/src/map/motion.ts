/**
 * Where a car is shown between two positions. No I/O.
 *
 * Positions come every few seconds. The shown car drives from where it is shown to the newest position, and takes as
 * long as the last two positions were apart: it is then a few seconds late, and never jumps.
 */

export interface Placed {
	lat: number;
	lng: number;
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
	private began_ms: number;
	private takes_ms = 0;

	constructor(at: Placed, now_ms: number) {
		this.from = at;
		this.to = at;
		this.began_ms = now_ms;
	}

	/** Drive to a new position. */
	heard(to: Placed, now_ms: number): void {
		const shown = this.at(now_ms);
		const since_ms = this.takes_ms === 0 ? USUAL_MS : now_ms - this.began_ms;
		const far_m = metres(shown, to);
		this.from = shown;
		this.to = {
			...to,
			heading_deg: to.heading_deg ?? (far_m > TURNS_AFTER_M ? bearing(shown, to) : shown.heading_deg),
		};
		this.takes_ms = far_m > JUMP_M ? 0 : Math.min(LONGEST_MS, Math.max(SHORTEST_MS, since_ms));
		this.began_ms = now_ms;
	}

	/** Where it is shown at a time. */
	at(now_ms: number): Placed {
		const share = this.takes_ms === 0 ? 1 : Math.min(1, (now_ms - this.began_ms) / this.takes_ms);
		return {
			lat: this.from.lat + (this.to.lat - this.from.lat) * share,
			lng: this.from.lng + (this.to.lng - this.from.lng) * share,
			heading_deg: turned(this.from.heading_deg, this.to.heading_deg, Math.min(1, share / TURN_SHARE)),
		};
	}

	/** Whether the car stands where it was last told to be. */
	isThere(now_ms: number): boolean {
		return now_ms - this.began_ms >= this.takes_ms;
	}
}

/** The heading after a share of the turn, by the shorter way around. */
export function turned(from: number | null, to: number | null, share: number): number | null {
	if (from === null || to === null) return to;
	const turn = ((to - from + 540) % 360) - 180;
	return (from + turn * share + 360) % 360;
}

type LatLng = Pick<Placed, "lat" | "lng">;

const EARTH_M = 6_371_000;

/** Distance in metres; for the short ways of a car, on a plane. */
export function metres(one: LatLng, other: LatLng): number {
	const [east, north] = offset(one, other);
	return EARTH_M * Math.hypot(east, north);
}

/** Degrees from north, clockwise. */
export function bearing(from: LatLng, to: LatLng): number {
	const [east, north] = offset(from, to);
	return (Math.atan2(east, north) * (180 / Math.PI) + 360) % 360;
}

function offset(from: LatLng, to: LatLng): [east: number, north: number] {
	const radians = Math.PI / 180;
	return [(to.lng - from.lng) * radians * Math.cos(from.lat * radians), (to.lat - from.lat) * radians];
}
