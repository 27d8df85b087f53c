/** Paths on the map. Part of its engine: load it with `import()`. */

import { PathLayer } from "@deck.gl/layers";
import type { Layer } from "./engine";
import type { Place } from "./place";

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
