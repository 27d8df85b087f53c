/** Places in words. */

import { useEffect, useMemo, useState } from "react";
import type { Market } from "../api/config";
import { allNames, areaNames, type Names } from "../map/names";
import type { Place } from "../map/place";

/** Names of places; those of neighbourhoods come a moment later. */
export function useNames(market: Market): Names {
	const [names, setNames] = useState<Names>(() => areaNames(market));
	useEffect(() => {
		allNames(market).then(
			(all) => setNames(() => all),
			() => undefined, // coordinates are shown then
		);
	}, [market]);
	return names;
}

export function coordinates({ lat, lng }: Place): string {
	return `${lat.toFixed(4)}, ${lng.toFixed(4)}`;
}

/** The name of a place, else its coordinates. */
export function placeName(names: Names, point: Place): string {
	return names(point) ?? coordinates(point);
}

/** The same object for the same place: a trip that is read again has new ones. */
export function useSame(point: Place | null): Place | null {
	const { lat, lng } = point ?? {};
	return useMemo(() => (lat === undefined || lng === undefined ? null : { lat, lng }), [lat, lng]);
}
