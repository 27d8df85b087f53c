import { createContext, useContext, useSyncExternalStore } from "react";
import type { Market } from "../api/config";
import type { DriverApp } from "./driverApp";
import type { Known } from "./state";

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

/** The app's state, as it changes. */
export function useKnown(): Known {
	const { state } = useDriver().app;
	return useSyncExternalStore(state.subscribe, state.snapshot);
}
