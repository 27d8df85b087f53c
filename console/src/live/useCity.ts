import { useEffect, useState, useSyncExternalStore } from "react";
import type { City } from "./city";

/** Render again with each frame of the city: once a second at most. */
export function useCity(city: City): City {
	useSyncExternalStore(city.subscribe, city.snapshotOf);
	return city;
}

/** The time in milliseconds, told once a second: ages go on without a frame. */
export function useNow(): number {
	const [now, setNow] = useState(Date.now);
	useEffect(() => {
		const timer = setInterval(() => setNow(Date.now()), 1000);
		return () => clearInterval(timer);
	}, []);
	return now;
}
