import { type RefObject, useEffect, useState } from "react";
import type { Market } from "../api/config";
import { useTheme } from "../design/theme";
import type { Engine, Start } from "./engine";
import { groundOf } from "./ground";

/** A map that is there, with what its page draws on it. */
export interface Loaded<Parts> {
	engine: Engine;
	parts: Parts;
}

/**
 * The market's map in an element. It is loaded after the first paint, together with the page's own `parts` of it, and
 * its ground is that of the present theme. The map is made again if `load` or `start` changes.
 */
export function useMap<Parts>(
	element: RefObject<HTMLElement | null>,
	market: Market,
	load: () => Promise<Parts>,
	start?: () => Start,
) {
	const [map, setMap] = useState<Loaded<Parts> | null>(null);
	const [failed, setFailed] = useState(false);
	const theme = useTheme();
	useEffect(() => {
		let engine: Engine | null = null;
		let ended = false;
		const begin = async () => {
			const [{ Engine }, parts] = await Promise.all([import("./engine"), load()]);
			if (ended || !element.current) return;
			engine = new Engine(element.current, market, start?.());
			setMap({ engine, parts });
		};
		begin().catch(() => setFailed(!ended)); // no WebGL, or no connection
		return () => {
			ended = true;
			engine?.remove();
			setMap(null);
		};
	}, [element, market, load, start]);
	useEffect(() => {
		map?.engine.lay(groundOf(market, theme));
	}, [map, market, theme]);
	return { map, failed };
}
