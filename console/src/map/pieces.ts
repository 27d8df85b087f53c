/**
 * What a page about one car puts on the map: elements of the page at places, and paths.
 *
 * Part of the map's engine: load it with `import()`.
 */

import { PathLayer } from "@deck.gl/layers";
import { LngLatBounds, Marker } from "maplibre-gl";
import type { Engine, Layer } from "./engine";

export interface Place {
	lat: number;
	lng: number;
}

export type { Marker };

/** Put an element of the page at a place; `anchor` is the point of the element that lies there. */
export function placed(engine: Engine, element: HTMLElement, at: Place, anchor: "center" | "bottom"): Marker {
	return new Marker({ element, anchor }).setLngLat(at).addTo(engine.ground);
}

export interface PathLook {
	colour: [number, number, number];
	/** Quieter: what comes later. */
	faint?: boolean;
}

export function pathLayer(id: string, points: Place[], { colour, faint = false }: PathLook): Layer {
	return new PathLayer<Place[]>({
		id,
		data: [points],
		getPath: (path) => path.map(({ lat, lng }): [number, number] => [lng, lat]),
		getColor: [...colour, faint ? 110 : 235],
		getWidth: faint ? 4 : 6,
		widthUnits: "pixels",
		capRounded: true,
		jointRounded: true,
	});
}

/** Show all of these places, with a margin in pixels. */
export function fit(engine: Engine, places: Place[], margin: number): void {
	const bounds = new LngLatBounds();
	for (const place of places) bounds.extend(place);
	engine.ground.fitBounds(bounds, { padding: margin, maxZoom: 16, duration: 700 });
}
