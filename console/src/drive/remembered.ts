/** The driver's car and offers, kept in this browser while the page is loaded again. */

import type { Car, Times } from "./car";
import type { Offer } from "./shift";

export interface Remembered {
	car: Car;
	offers: readonly Offer[];
	times: Times;
	selfDriving: boolean;
}

/** The car stays where it is, or goes on driving, while the page is loaded again; offers keep their time. */
const KEY = "rideflow.driver.car";

export function remember(what: Remembered): void {
	sessionStorage.setItem(KEY, JSON.stringify(what));
}

export function remembered(): Remembered | null {
	const text = sessionStorage.getItem(KEY);
	return text === null ? null : (JSON.parse(text) as Remembered);
}

/** Another person may sign in in this tab. */
export function forget(): void {
	sessionStorage.removeItem(KEY);
	localStorage.removeItem(HEADING_KEY);
}

/** Whether a destination was set here: most drivers have none, and need not ask for it with each load of the page. */
const HEADING_KEY = "rideflow.driver.heading";

export function heads(somewhere: boolean): void {
	if (somewhere) localStorage.setItem(HEADING_KEY, "1");
	else localStorage.removeItem(HEADING_KEY);
}

export function isHeading(): boolean {
	return localStorage.getItem(HEADING_KEY) !== null;
}
