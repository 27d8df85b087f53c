/** The quiet ground of a map: the market's areas, and its base map if it has one. */

import type { LayerSpecification, SourceSpecification, StyleSpecification } from "maplibre-gl";
import type { Market } from "../api/config";
import type { Theme } from "../design/theme";

const COLOURS = {
	light: {
		ground: "#e9ece6",
		zone: "#ffffff",
		border: "#b9c2ba",
		blackout: "#d9cfcf",
		line: "#d3d8d0",
		fifo: "#d7e4e6",
	},
	dark: {
		ground: "#0d1215",
		zone: "#151c20",
		border: "#37444b",
		blackout: "#2a1f22",
		line: "#27323a",
		fifo: "#1b2b31",
	},
} as const;

/** MapLibre's style of a market in a theme. Addresses are made absolute: workers do not know the page's. */
export function groundOf(market: Market, theme: Theme): StyleSpecification {
	const colours = COLOURS[theme];
	const sources: Record<string, SourceSpecification> = { areas: { type: "geojson", data: market.areas } };
	const of = (kind: string) => ["==", ["get", "kind"], kind] as ["==", unknown, string];
	const layers: LayerSpecification[] = [
		{ id: "ground", type: "background", paint: { "background-color": colours.ground } },
		area("zones", of("zone"), colours.zone),
		...basemap(market, colours.line, sources),
		area("blackouts", of("blackout"), colours.blackout),
		area("fifos", of("fifo"), colours.fifo),
		{
			id: "borders",
			type: "line",
			source: "areas",
			paint: { "line-color": colours.border, "line-width": 1.2, "line-dasharray": [3, 2] },
		},
	];
	return { version: 8, sources, layers };
}

function area(id: string, filter: unknown, colour: string): LayerSpecification {
	return {
		id,
		type: "fill",
		source: "areas",
		filter: filter as never,
		paint: { "fill-color": colour, "fill-opacity": 0.9 },
	};
}

function basemap(market: Market, colour: string, sources: Record<string, SourceSpecification>): LayerSpecification[] {
	if (!market.basemap || !("geojson" in market.basemap)) return [];
	return market.basemap.geojson.map((path, number) => {
		const source = `basemap-${number}`;
		sources[source] = { type: "geojson", data: new URL(path, document.baseURI).href };
		return { id: source, type: "line", source, paint: { "line-color": colour, "line-width": 1 } };
	});
}
