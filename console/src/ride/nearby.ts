/** Free cars around a place, asked for while they are looked at. */

import { useEffect, useState } from "react";
import type { Rest, Schemas } from "../api/rest";
import type { Place } from "../map/place";

export type NearbyCar = Schemas["NearbyDriverView"];

const EVERY_MS = 8_000;
const AT_MOST = 12;

/** The nearest free cars; for one product if it is given. Empty where no service is offered, and without a place. */
export function useNearby(rest: Rest, place: Place | null, product: string | null): readonly NearbyCar[] {
	const [cars, setCars] = useState<readonly NearbyCar[]>([]);
	useEffect(() => {
		setCars([]);
		if (!place) return;
		const ended = new AbortController();
		const ask = async () => {
			if (document.hidden) return;
			const query = { lat: place.lat, lng: place.lng, radius_m: 3000, limit: AT_MOST, product };
			try {
				const { data } = await rest.GET("/v1/locations/nearby", { params: { query }, signal: ended.signal });
				if (data && !ended.signal.aborted) setCars(data.drivers);
			} catch {
				// The map shows no cars then; a quote tells why a place is not served.
				if (!ended.signal.aborted) setCars([]);
			}
		};
		void ask();
		const timer = setInterval(ask, EVERY_MS);
		return () => {
			ended.abort();
			clearInterval(timer);
		};
	}, [rest, place, product]);
	return cars;
}
