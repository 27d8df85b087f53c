import { useEffect, useRef } from "react";
import type { Market } from "../api/config";
import { useTheme } from "../design/theme";
import type { Engine, PickingInfo, Viewport } from "../map/engine";
import { MapFrame } from "../map/MapFrame";
import { useMap } from "../map/useMap";
import type { City } from "./city";
import { carsIn } from "./frames";
import type { Selection } from "./selection";

interface Props {
	market: Market;
	city: City;
	chosen: Selection | null;
	choose: (selection: Selection | null) => void;
	look: (viewport: Viewport) => void;
}

type Drawing = typeof import("./layers");
const loadDrawing = (): Promise<Drawing> => import("./layers");
const NOTHING_YET = { "data-drivers": "0", "data-requests": "0", "data-trips": "0" };

/** The city on the map. Its element says what it shows: `data-drivers`, `data-requests`, `data-trips`. */
export function LiveMap({ market, city, chosen, choose, look }: Props) {
	const element = useRef<HTMLDivElement>(null);
	const { map, failed } = useMap(element, market, loadDrawing);
	const theme = useTheme();

	useEffect(() => {
		if (!map) return;
		const { ground } = map.engine;
		const moved = () => look(map.engine.viewport());
		moved();
		ground.on("moveend", moved);
		return () => {
			ground.off("moveend", moved);
		};
	}, [map, look]);

	useEffect(() => {
		map?.engine.onClick((picked) => choose(picked ? selectionOf(city, picked) : null));
	}, [map, city, choose]);

	// biome-ignore lint/correctness/useExhaustiveDependencies: a new theme has new colours
	useEffect(() => {
		if (!map) return;
		return draw(map.engine, map.parts, city, chosen, element.current);
	}, [map, city, chosen, theme]);

	return <MapFrame market={market} element={element} loaded={map !== null} failed={failed} shown={NOTHING_YET} />;
}

/** Draw the city until the returned function is called: at each frame of the screen while cars move, else at each frame of the channel. */
function draw(engine: Engine, drawing: Drawing, city: City, chosen: Selection | null, element: HTMLElement | null) {
	const colours = drawing.palette();
	let tick = 0;
	let asked = 0;
	const paint = (now: number) => {
		asked = 0;
		const moving = city.fleet.glide(now);
		engine.show(drawing.layersOf(city, colours, engine.ground.getZoom(), ++tick, chosen));
		if (moving) ask();
	};
	const ask = () => {
		asked ||= requestAnimationFrame(paint);
	};
	const told = () => {
		if (element) {
			element.dataset.drivers = String(city.fleet.size + city.cells.reduce((sum, row) => sum + carsIn(row), 0));
			element.dataset.requests = String(city.requests.size);
			element.dataset.trips = String(city.trips.size);
		}
		ask();
	};
	told();
	const unsubscribe = city.subscribe(told);
	engine.ground.on("zoom", ask);
	return () => {
		unsubscribe();
		cancelAnimationFrame(asked);
		engine.ground.off("zoom", ask);
	};
}

/** What a click on a layer chooses: a car, a request or a trip. */
export function selectionOf(city: City, picked: Pick<PickingInfo, "layer" | "index" | "object">): Selection | null {
	if (picked.layer?.id === "cars") {
		const id = city.fleet.drivers[picked.index];
		return id ? { kind: "driver", id } : null;
	}
	const trip = (picked.object as { trip_id?: string } | undefined)?.trip_id;
	if (!trip) return null;
	return { kind: picked.layer?.id === "requests" ? "request" : "trip", id: trip };
}
