/**
 * The settings of a deployment: `config.json` and `markets/<id>.json` lie beside `index.html`.
 *
 * They are written when the console is published, from the outputs of the stacks and the folders of the markets.
 */

import type { FeatureCollection, MultiPolygon, Polygon } from "geojson";

export interface Config {
	stage: string;
	rest_url: string;
	websocket_url: string;
	markets: string[];
	/** The key with which a browser talks to Stripe; null if the stage has none yet. */
	stripe_publishable_key: string | null;
	/** The address of Stripe's double, on the local stack alone. */
	stripe_url: string | null;
}

export interface AreaProperties {
	kind: "zone" | "blackout" | "fifo" | "fifo_waiting";
	id: string;
	name: string;
	reason?: string;
	zone?: string;
	fifo?: string;
}

export interface Product {
	id: string;
	name: string;
	seats: number;
}

export interface Market {
	id: string;
	name: string;
	currency: string;
	time_zone: string;
	languages: string[];
	products: Product[];
	vehicle_classes: string[];
	/** Where a map begins: its middle and zoom. */
	view: { lat: number; lng: number; zoom: number };
	/** A cancellation costs this fee if it is later than this after the assignment, and the driver has come nearer. */
	cancellation: { fee_minor: number; grace_s: number };
	areas: FeatureCollection<Polygon | MultiPolygon, AreaProperties>;
	/** A ground for the map: vector tiles in one file, or GeoJSON files beside this one; null for a plain one. */
	basemap: { pmtiles: string } | { geojson: string[] } | null;
}

/** Read the deployment's settings. Throws if they cannot be read. */
export function loadConfig(): Promise<Config> {
	return readJson<Config>("config.json");
}

/** Read a market by its id. Throws if it cannot be read. */
export function loadMarket(id: string): Promise<Market> {
	return readJson<Market>(`markets/${encodeURIComponent(id)}.json`);
}

async function readJson<Content>(path: string): Promise<Content> {
	const answer = await fetch(new URL(path, document.baseURI), { cache: "no-cache" });
	if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
	return (await answer.json()) as Content;
}
