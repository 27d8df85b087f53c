/** The state of a driver's app: one value that is replaced with each change, for React's `useSyncExternalStore`. */

import type { Link } from "../api/live";
import { told } from "../api/problem";
import type { Schemas } from "../api/rest";
import type { Car, Times } from "./car";
import type { Day } from "./earnings";
import type { Shift } from "./shift";

export type DriverView = Schemas["DriverView"];

export interface Known {
	/** Undefined until it was read; null if the person is not registered as a driver. */
	me: DriverView | null | undefined;
	shift: Shift;
	link: Link;
	car: Car;
	times: Times;
	/** The car drives by itself: also to the next place. */
	selfDriving: boolean;
	/** Whether trips can be offered now; null until the service said it. */
	matchable: boolean | null;
	/** Why the last position does not count. */
	rejected: string | null;
	/** Positions that wait for a connection. */
	kept: number;
	queue: Schemas["PlaceInQueueView"] | null;
	destination: Schemas["DestinationView"] | null;
	day: Day | null;
	/** Offers that are being answered. */
	answering: readonly string[];
	/** The last sentence for screen readers. */
	said: string;
	/** The last refusal that belongs to no form. */
	problem: string | null;
}

type OfShift = (before: Shift, shift: Shift) => void;

export class DriverState {
	private known: Known;
	private ended = false;
	private readonly listeners = new Set<() => void>();
	private readonly followers: OfShift[] = [];

	constructor(known: Known) {
		this.known = known;
	}

	snapshot = (): Known => this.known;

	subscribe = (listener: () => void): (() => void) => {
		this.listeners.add(listener);
		return () => this.listeners.delete(listener);
	};

	/** Nothing changes any more: what is answered later was asked for a person who has signed out. */
	end(): void {
		this.ended = true;
	}

	get isEnded(): boolean {
		return this.ended;
	}

	set(part: Partial<Known>): void {
		if (this.ended) return;
		this.known = { ...this.known, ...part };
		for (const listener of this.listeners) listener();
	}

	/** Replace the shift, and call the followers. */
	change(shift: Shift): void {
		const before = this.known.shift;
		if (shift === before || this.ended) return;
		this.set({ shift });
		for (const follow of this.followers) follow(before, shift);
	}

	/** Call `follow` after each change of the shift. */
	onShift(follow: OfShift): void {
		this.followers.push(follow);
	}

	fail(error: unknown): void {
		this.set({ problem: told(error), said: told(error) });
	}

	/** The driver's id; empty until it is known. */
	get driverId(): string {
		return this.known.me?.id ?? "";
	}

	/** Whether the service takes this phone's positions. */
	get works(): boolean {
		return this.known.me?.online === true || this.known.shift.trip !== null;
	}
}
