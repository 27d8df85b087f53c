import { createContext, useContext, useEffect, useState, useSyncExternalStore } from "react";
import type { Market } from "../api/config";
import type { DriverApp, Known } from "./driverApp";

export interface Driver {
	app: DriverApp;
	market: Market;
}

export const DriverContext = createContext<Driver | null>(null);

/** The driver's app and market; inside the driver's page only. */
export function useDriver(): Driver {
	const driver = useContext(DriverContext);
	if (!driver) throw new Error("useDriver is called outside of the driver's page.");
	return driver;
}

/** What the app knows, as it changes. */
export function useKnown(): Known {
	const { app } = useDriver();
	return useSyncExternalStore(app.subscribe, app.snapshot);
}

/** The time, read anew every `everyMs`. */
export function useNow(everyMs: number): number {
	const [now, setNow] = useState(Date.now);
	useEffect(() => {
		const timer = setInterval(() => setNow(Date.now()), everyMs);
		return () => clearInterval(timer);
	}, [everyMs]);
	return now;
}
