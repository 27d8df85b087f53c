import { useSyncExternalStore } from "react";
import type { City } from "./city";

/** Render again with each frame of the city: once a second at most. */
export function useCity(city: City): City {
	useSyncExternalStore(city.subscribe, city.snapshotOf);
	return city;
}
