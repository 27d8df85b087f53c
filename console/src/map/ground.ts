/** The quiet ground of a map: the market's areas, and its base map if it has one. */

import type { LayerSpecification, SourceSpecification, StyleSpecification } from "maplibre-gl";
import type { Market } from "../api/config";
import type { Theme } from "../design/theme";

const COLOURS = {
	light: {
		ground: "#dfe5e4",
		zone: "#e9eeec",
		land: "#f7f7f3",
		line: "#d9ddd3",
		grid: "#d6dedb",
		border: "#b4bfba",
		blackout: "#dccdcd",
		fifo: "#cfe0e4",
	},
	dark: {
		ground: "#0a0f12",
		zone: "#10171b",
		land: "#182126",
		line: "#2a363d",
		grid: "#1b262c",
		border: "#33414a",
		blackout: "#2e2226",
		fifo: "#1b2f37",
	},
} as const;

type Ground = (typeof COLOURS)[Theme];

/** The source of the hexagons of a market without a base map (`grid.ts`). */
export const GRID = "grid";
const TILES = "tiles";
const PMTILES = "pmtiles://";

/** MapLibre's style of a market in a theme. Addresses are made absolute: workers do not know the page's. */
export function groundOf(market: Market, theme: Theme): StyleSpecification {
	const colours = COLOURS[theme];
	const sources: Record<string, SourceSpecification> = { areas: { type: "geojson", data: market.areas } };
	const of = (kind: string) => ["==", ["get", "kind"], kind] as ["==", unknown, string];
	const layers: LayerSpecification[] = [
		{ id: "ground", type: "background", paint: { "background-color": colours.ground } },
		area("zones", of("zone"), colours.zone),
		...basemap(market, colours, sources),
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

function basemap(market: Market, colours: Ground, sources: Record<string, SourceSpecification>): LayerSpecification[] {
	if (!market.basemap) {
		sources[GRID] = { type: "geojson", data: { type: "FeatureCollection", features: [] } };
		return [{ id: GRID, type: "line", source: GRID, paint: { "line-color": colours.grid, "line-width": 1 } }];
	}
	if ("pmtiles" in market.basemap) {
		sources[TILES] = { type: "vector", url: `${PMTILES}${market.basemap.pmtiles}` };
		return tiled(colours);
	}
	const names = market.basemap.geojson.map((path, number) => {
		const source = `basemap-${number}`;
		sources[source] = { type: "geojson", data: new URL(path, document.baseURI).href };
		return source;
	});
	// Land lies under all lines, whichever file they are in.
	return [...names.map((source) => land(source, colours.land)), ...names.map((source) => lines(source, colours.line))];
}

/** Layers of tiles that are made as Protomaps makes them: land, water on it, and roads by how much they carry. */
function tiled(colours: Ground): LayerSpecification[] {
	return [
		{ id: "earth", type: "fill", source: TILES, "source-layer": "earth", paint: { "fill-color": colours.land } },
		{
			id: "water",
			type: "fill",
			source: TILES,
			"source-layer": "water",
			filter: ["==", ["geometry-type"], "Polygon"],
			paint: { "fill-color": colours.ground },
		},
		road("minor-roads", ["minor_road"], 13, colours.line, [13, 0.4, 18, 5]),
		road("major-roads", ["major_road"], 9, colours.line, [9, 0.5, 13, 1.4, 18, 9]),
		road("highways", ["highway"], 5, colours.line, [5, 0.5, 13, 2.2, 18, 12]),
	];
}

function road(id: string, kinds: string[], from: number, colour: string, widths: number[]): LayerSpecification {
	return {
		id,
		type: "line",
		source: TILES,
		"source-layer": "roads",
		minzoom: from,
		filter: ["in", ["get", "kind"], ["literal", kinds]],
		paint: {
			"line-color": colour,
			"line-width": ["interpolate", ["exponential", 1.6], ["zoom"], ...widths] as never,
		},
	};
}

/** Whether a ground has tiles that MapLibre reads by a protocol of its own. */
export function hasTiles(ground: StyleSpecification): boolean {
	return Object.values(ground.sources).some((each) => "url" in each && String(each.url).startsWith(PMTILES));
}

function land(source: string, colour: string): LayerSpecification {
	return {
		id: `${source}-land`,
		type: "fill",
		source,
		filter: ["==", ["geometry-type"], "Polygon"],
		paint: { "fill-color": colour },
	};
}

function lines(source: string, colour: string): LayerSpecification {
	return { id: `${source}-lines`, type: "line", source, paint: { "line-color": colour, "line-width": 1 } };
}
