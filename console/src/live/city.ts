/**
 * The state of a market, from the operators' channel: a snapshot, then deltas.
 *
 * Frames count up by one; after a gap nothing is applied until a snapshot comes. Listeners are called once a frame.
 */

import { Fleet } from "./fleet";
import type {
	CellRow,
	Counts,
	Happened,
	MarketFrame,
	QueueLength,
	ShownRequest,
	ShownTrip,
	ZoneCounts,
} from "./frames";

const NOBODY: Counts = { free: 0, to_pickup: 0, with_rider: 0, silent: 0, waiting: 0, trips: 0 };
/** How many events the time line keeps. */
const REMEMBERED = 60;

export class City {
	readonly fleet: Fleet;
	readonly requests = new Map<string, ShownRequest>();
	readonly trips = new Map<string, ShownTrip>();
	cells: CellRow[] = [];
	counts: Counts = NOBODY;
	outside: MarketFrame["outside"] = { drivers: 0, requests: 0, trips: 0 };
	zones: ZoneCounts[] = [];
	queues: QueueLength[] = [];
	/** The newest first. */
	happened: Happened[] = [];
	/** Whether a snapshot has come. */
	known = false;
	/** Counts up with each frame that was applied: what shows the city reads it as its version. */
	version = 0;

	private revision = -1;
	private readonly listeners = new Set<() => void>();

	constructor(origin: [lng: number, lat: number]) {
		this.fleet = new Fleet(origin);
	}

	subscribe = (listener: () => void): (() => void) => {
		this.listeners.add(listener);
		return () => this.listeners.delete(listener);
	};

	snapshotOf = (): number => this.version;

	/** Replace all by the snapshot. `now` is in milliseconds, as of `performance.now`. */
	begin(frame: MarketFrame, now: number): void {
		this.fleet.clear();
		this.requests.clear();
		this.trips.clear();
		this.cells = [];
		this.happened = [];
		this.known = true;
		this.apply(frame, now);
	}

	/** Apply a delta. False if frames are missing before it: a snapshot must be asked for. */
	follow(frame: MarketFrame, now: number): boolean {
		if (!this.known || frame.revision !== this.revision + 1) return this.known && frame.revision <= this.revision;
		this.apply(frame, now);
		return true;
	}

	private apply(frame: MarketFrame, now: number): void {
		this.revision = frame.revision;
		this.counts = frame.counts;
		this.outside = frame.outside;
		this.zones = frame.zones ?? this.zones;
		this.queues = frame.queues ?? this.queues;
		this.cells = frame.cells ?? this.cells;
		for (const handle of frame.gone ?? []) this.fleet.remove(handle);
		for (const row of frame.cars ?? []) this.fleet.put(row, frame.named?.[row[0]], now);
		for (const id of frame.requests_gone ?? []) this.requests.delete(id);
		for (const request of frame.requests ?? []) this.requests.set(request.trip_id, request);
		for (const id of frame.trips_gone ?? []) this.trips.delete(id);
		for (const trip of frame.trips ?? []) this.trips.set(trip.trip_id, trip);
		if (frame.happened?.length) this.happened = newestFirst([...frame.happened.toReversed(), ...this.happened]);
		this.version++;
		for (const listener of this.listeners) listener();
	}
}

/** A frame may tell of something that happened before what an earlier one told. At the same time, the later told comes first. */
function newestFirst(happened: Happened[]): Happened[] {
	return happened.sort((one, other) => Date.parse(other.at) - Date.parse(one.at)).slice(0, REMEMBERED);
}
