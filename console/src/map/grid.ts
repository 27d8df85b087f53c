/** A grid of H3 hexagons where there is service: without streets, cars would drive on an empty ground. */

import type { FeatureCollection, MultiPolygon, Polygon } from "geojson";
import { cellToBoundary, cellToLatLng, polygonToCells } from "h3-js";
import type { GeoJSONSource, Map as Ground } from "maplibre-gl";
import type { Market } from "../api/config";
import { contains } from "./areas";
import type { Viewport } from "./engine";
import { GRID } from "./ground";

/** At this zoom, hexagons of this resolution are about 65 pixels wide. */
const ZOOM = 11.7;
const RESOLUTION = 7;
/** Zoom steps in which a map grows as much as a hexagon is larger than one of the next resolution: √7 times. */
const ZOOMS_A_RESOLUTION = Math.log2(Math.sqrt(7));
/** Below this zoom a screen would need too many of the coarsest. */
const FROM_ZOOM = 8;
const COARSEST = 4;
const FINEST = 11;

/** The resolution whose hexagons are 65 to 170 pixels wide at this zoom. */
export function resolutionAt(zoom: number): number {
	const finer = Math.floor((zoom - ZOOM) / ZOOMS_A_RESOLUTION);
	return Math.min(FINEST, Math.max(COARSEST, RESOLUTION + finer));
}

/** The hexagons of a viewport whose middle lies in a zone of the market. */
export function hexagons(market: Market, viewport: Viewport, zoom: number): FeatureCollection<Polygon> {
	if (zoom < FROM_ZOOM) return { type: "FeatureCollection", features: [] };
	const { south, west, north, east } = viewport;
	const corners = [
		[south, west],
		[south, east],
		[north, east],
		[north, west],
	];
	const zones = market.areas.features.filter((area) => area.properties.kind === "zone");
	const served = (cell: string) => {
		const [lat, lng] = cellToLatLng(cell);
		return zones.some((zone) => contains(zone.geometry as Polygon | MultiPolygon, { lat, lng }));
	};
	const cells = polygonToCells(corners, resolutionAt(zoom)).filter(served);
	return {
		type: "FeatureCollection",
		features: cells.map((cell) => ({
			type: "Feature",
			properties: {},
			geometry: { type: "Polygon", coordinates: [cellToBoundary(cell, true)] },
		})),
	};
}

/** Keep the grid of a ground to what is in view. Returns what ends it. */
export function followGrid(ground: Ground, market: Market, viewport: () => Viewport): () => void {
	const draw = () => {
		const source = ground.getSource<GeoJSONSource>(GRID);
		source?.setData(hexagons(market, wider(viewport()), ground.getZoom()));
	};
	ground.on("moveend", draw);
	ground.on("style.load", draw);
	draw();
	return () => {
		ground.off("moveend", draw);
		ground.off("style.load", draw);
	};
}

/** A map that is dragged shows what is beside it before it is drawn. */
function wider({ south, west, north, east }: Viewport): Viewport {
	const [height, width] = [(north - south) / 4, (east - west) / 4];
	return { south: south - height, west: west - width, north: north + height, east: east + width };
}
