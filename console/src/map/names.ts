/** Names of places, from the market's areas and from a file of neighbourhoods, if its base map has one. */

import type { Feature, FeatureCollection, MultiPolygon, Polygon } from "geojson";
import type { Market } from "../api/config";
import { contains } from "./areas";
import type { Place } from "./place";

type Area = Polygon | MultiPolygon;
type Named = Feature<Area, { name?: string }>;

/** Finds the name of a place, such as an airport's or a neighbourhood's; null if it has none. */
export type Names = (place: Place) => string | null;

/** Names of the market's airports and stations, which need no further file. */
export function areaNames(market: Market): Names {
	const named = market.areas.features.filter((area) => area.properties.kind === "fifo");
	return (place) => nameIn(named, place);
}

/** The same, and names of neighbourhoods from the base map's file `…neighborhoods.geojson`. */
export async function allNames(market: Market): Promise<Names> {
	const ofAreas = areaNames(market);
	const files = market.basemap && "geojson" in market.basemap ? market.basemap.geojson : [];
	const file = files.find((path) => path.endsWith("neighborhoods.geojson"));
	if (!file) return ofAreas;
	const answer = await fetch(new URL(file, document.baseURI));
	if (!answer.ok) return ofAreas;
	const { features } = (await answer.json()) as FeatureCollection<Area, { name?: string }>;
	return (place) => ofAreas(place) ?? nameIn(features, place);
}

function nameIn(areas: readonly Named[], place: Place): string | null {
	return areas.find((area) => area.properties.name && contains(area.geometry, place))?.properties.name ?? null;
}
