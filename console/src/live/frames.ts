/** What the operators' channel says. The shapes stand in `docs/asyncapi.json`; cars come as rows to keep frames small. */

export interface Place {
	lat: number;
	lng: number;
}

/** Of a car: `[handle, latitude, longitude (1e-5 degrees), state, heading (degrees, or -1 if not known)]`. */
export type CarRow = [handle: number, lat: number, lng: number, state: number, heading: number];

/** Of many cars: an H3 cell, and how many are free, on the way to a pickup, with a rider, silent. */
export type CellRow = [cell: string, free: number, toPickup: number, withRider: number, silent: number];

export interface Counts {
	free: number;
	to_pickup: number;
	with_rider: number;
	silent: number;
	waiting: number;
	trips: number;
}

export interface ZoneState {
	zone: string;
	free: number;
	to_pickup: number;
	with_rider: number;
	silent: number;
	waiting: number;
	oldest_request_at: string | null;
}

export interface QueueState {
	fifo: string;
	zone: string;
	drivers: number;
}

export interface OpenRequest {
	trip_id: string;
	zone: string;
	product: string;
	pickup: Place;
	dropoff: Place;
	requested_at: string;
	offered: boolean;
}

export interface LiveTrip {
	trip_id: string;
	driver_id: string;
	state: string;
	zone: string;
	product: string;
	pickup: Place;
	dropoff: Place;
	since: string;
	eta_at: string | null;
}

export interface Happening {
	at: string;
	trip_id: string;
	event: string;
	zone: string;
}

export interface MarketFrame {
	market: string;
	revision: number;
	counts: Counts;
	outside: { drivers: number; requests: number; trips: number };
	zones?: ZoneState[] | null;
	queues?: QueueState[] | null;
	cars?: CarRow[];
	named?: Record<string, string>;
	gone?: number[];
	cells?: CellRow[] | null;
	requests?: OpenRequest[];
	requests_gone?: string[];
	trips?: LiveTrip[];
	trips_gone?: string[];
	happened?: Happening[];
}
