/** Dark or light: the person's choice is kept in this browser, else the system's counts. */

import { useSyncExternalStore } from "react";

export type Theme = "light" | "dark";

const KEY = "rideflow.theme";
const system = matchMedia("(prefers-color-scheme: dark)");
const listeners = new Set<() => void>();
system.addEventListener("change", tell);
apply();

export function theme(): Theme {
	const chosen = localStorage.getItem(KEY);
	if (chosen === "light" || chosen === "dark") return chosen;
	return system.matches ? "dark" : "light";
}

export function useTheme(): Theme {
	return useSyncExternalStore(subscribe, theme);
}

export function choose(chosen: Theme): void {
	localStorage.setItem(KEY, chosen);
	tell();
}

/** A token of the design as `[red, green, blue]` of the present theme, for layers of the map. */
export function colour(token: string): [number, number, number] {
	const probe = document.createElement("span");
	probe.style.color = `var(--${token})`;
	document.body.append(probe);
	const [red = 0, green = 0, blue = 0] =
		getComputedStyle(probe)
			.color.match(/[\d.]+/g)
			?.map(Number) ?? [];
	probe.remove();
	return [red, green, blue];
}

function subscribe(listener: () => void): () => void {
	listeners.add(listener);
	return () => listeners.delete(listener);
}

function tell(): void {
	apply();
	for (const listener of listeners) listener();
}

function apply(): void {
	document.documentElement.dataset.theme = theme();
}
