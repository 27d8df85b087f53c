/**
 * The cars of a map, as arrays that a graphics card reads.
 *
 * A position that comes once in four seconds would make a car jump, so each car glides from where it was shown to where
 * it is. A frame of the screen moves all of them in one loop without an object.
 */

import type { Place } from "../map/place";
import type { CarRow } from "./frames";

/** How long a car takes to where it was last seen: the time between two positions of a moving phone. */
export const GLIDE_MS = 4000;
const E5 = 1e5;
/** A car that comes from farther away, in degrees, was not seen on its way: it is shown where it is. */
const JUMP = 0.02;
const TURNED = 360;

export class Fleet {
	/** How many cars there are: the first `size` of each array are theirs. */
	size = 0;
	/** Longitude and latitude as shown now, relative to `origin`, in degrees. */
	shown = new Float32Array(2 * 64);
	/** Clockwise from north, in degrees; NaN if the phone does not tell. */
	headings = new Float32Array(64);
	/** 0 free, 1 to a pickup, 2 with a rider, 3 silent. */
	states = new Uint8Array(64);
	/** A row's driver. */
	readonly drivers: string[] = [];
	/** Counts up when a car comes, leaves, or changes its state or heading. */
	revision = 0;
	readonly origin: [lng: number, lat: number];

	private from = new Float32Array(2 * 64);
	private to = new Float32Array(2 * 64);
	private since = new Float64Array(64);
	private readonly handles: number[] = [];
	private readonly rows = new Map<number, number>();
	private readonly byDriver = new Map<string, number>();
	private before = new Map<string, [lng: number, lat: number]>();
	private restsAt = 0;

	/** `origin` is a place near the cars: small numbers keep their digits in 32 bits. */
	constructor(origin: [lng: number, lat: number]) {
		this.origin = origin;
	}

	/** Forget all cars. One that comes again glides on from where it was shown. */
	clear(): void {
		this.before = new Map(this.drivers.map((driver, row) => [driver, this.shownAt(row)]));
		this.size = 0;
		this.drivers.length = 0;
		this.handles.length = 0;
		this.rows.clear();
		this.byDriver.clear();
		this.revision++;
	}

	/** Add a car, or let it move on. `driver` is needed once for each handle. */
	put([handle, latE5, lngE5, state, heading]: CarRow, driver: string | undefined, now: number): void {
		const lng = lngE5 / E5 - this.origin[0];
		const lat = latE5 / E5 - this.origin[1];
		let row = this.rows.get(handle);
		if (row === undefined) {
			if (driver === undefined) return;
			row = this.add(handle, driver);
			const [shownLng, shownLat] = this.before.get(driver) ?? [lng, lat];
			this.shown[2 * row] = shownLng;
			this.shown[2 * row + 1] = shownLat;
		} else {
			this.glideTo(row, now);
		}
		const jumps = Math.abs(lng - at(this.shown, 2 * row)) + Math.abs(lat - at(this.shown, 2 * row + 1)) > JUMP;
		this.from[2 * row] = jumps ? lng : at(this.shown, 2 * row);
		this.from[2 * row + 1] = jumps ? lat : at(this.shown, 2 * row + 1);
		this.to[2 * row] = lng;
		this.to[2 * row + 1] = lat;
		this.since[row] = now;
		this.restsAt = Math.max(this.restsAt, now + GLIDE_MS);
		this.states[row] = state;
		this.headings[row] = heading < 0 ? Number.NaN : heading % TURNED;
		this.revision++;
	}

	/** Take a car away. The last row takes its place. */
	remove(handle: number): void {
		const row = this.rows.get(handle);
		if (row === undefined) return;
		const last = --this.size;
		this.byDriver.delete(this.drivers[row] ?? "");
		this.rows.delete(handle);
		if (row !== last) this.move(last, row);
		this.drivers.pop();
		this.handles.pop();
		this.revision++;
	}

	/** Move all cars to where they are shown at `now` (milliseconds). False if none moves any more. */
	glide(now: number): boolean {
		for (let row = 0; row < this.size; row++) this.glideTo(row, now);
		return now < this.restsAt;
	}

	/** The place that a driver's car is shown at, or null if it is not on the map. */
	placeOf(driver: string): Place | null {
		const row = this.byDriver.get(driver);
		return row === undefined ? null : this.placeAt(row);
	}

	placeAt(row: number): Place {
		const [lng, lat] = this.shownAt(row);
		return { lng: lng + this.origin[0], lat: lat + this.origin[1] };
	}

	stateOf(driver: string): number | null {
		const row = this.byDriver.get(driver);
		return row === undefined ? null : (this.states[row] ?? null);
	}

	private shownAt(row: number): [lng: number, lat: number] {
		return [at(this.shown, 2 * row), at(this.shown, 2 * row + 1)];
	}

	private glideTo(row: number, now: number): void {
		const part = Math.min(1, Math.max(0, (now - at(this.since, row)) / GLIDE_MS));
		for (let axis = 2 * row; axis < 2 * row + 2; axis++) {
			const from = at(this.from, axis);
			this.shown[axis] = from + (at(this.to, axis) - from) * part;
		}
	}

	private add(handle: number, driver: string): number {
		const row = this.size++;
		if (row >= this.states.length) this.grow();
		this.rows.set(handle, row);
		this.byDriver.set(driver, row);
		this.drivers[row] = driver;
		this.handles[row] = handle;
		return row;
	}

	private move(row: number, into: number): void {
		for (const pairs of [this.shown, this.from, this.to]) pairs.copyWithin(2 * into, 2 * row, 2 * row + 2);
		for (const singles of [this.headings, this.states, this.since]) singles.copyWithin(into, row, row + 1);
		const driver = this.drivers[row] ?? "";
		const handle = this.handles[row] ?? 0;
		this.drivers[into] = driver;
		this.handles[into] = handle;
		this.rows.set(handle, into);
		this.byDriver.set(driver, into);
	}

	private grow(): void {
		const room = 2 * this.states.length;
		this.shown = grown(this.shown, 2 * room);
		this.from = grown(this.from, 2 * room);
		this.to = grown(this.to, 2 * room);
		this.headings = grown(this.headings, room);
		this.since = grown(this.since, room);
		this.states = grown(this.states, room);
	}
}

type Numbers = Float32Array<ArrayBuffer> | Float64Array<ArrayBuffer> | Uint8Array<ArrayBuffer>;

function grown<Kind extends Numbers>(numbers: Kind, room: number): Kind {
	const larger = new (numbers.constructor as new (length: number) => Kind)(room);
	larger.set(numbers);
	return larger;
}

/** An element that is there: the row is within the array. */
function at(numbers: Numbers, index: number): number {
	return numbers[index] as number;
}
