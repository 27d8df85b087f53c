/** The deck.gl layers of a city on the live map. */

import { COORDINATE_SYSTEM, type Layer } from "@deck.gl/core";
import { IconLayer, PathLayer, ScatterplotLayer, SolidPolygonLayer } from "@deck.gl/layers";
import { cellToBoundary } from "h3-js";
import { colour } from "../design/theme";
import { CAR_ICONS, carSheet } from "../map/carSheet";
import type { Place } from "../map/place";
import type { City } from "./city";
import { type CarRow, type CellRow, carsIn, type ShownRequest, type ShownTrip } from "./frames";
import type { Selection } from "./selection";

export type Rgb = [number, number, number];

/** The colours of a theme, read once: reading them asks the browser for styles. */
export interface Palette {
	states: [free: Rgb, toPickup: Rgb, withRider: Rgb, silent: Rgb];
	waiting: Rgb;
	ink: Rgb;
	surface: Rgb;
}

export function palette(): Palette {
	return {
		states: [colour("free"), colour("to-pickup"), colour("with-rider"), colour("silent")],
		waiting: colour("waiting"),
		ink: colour("ink"),
		surface: colour("surface"),
	};
}

/** A request that waits this long is shown as large as it gets: most riders have given up by then. */
const LONG_WAIT_S = 300;
const SMALLEST_CAR = 12;
const LARGEST_CAR = 30;
const CITY_ZOOM = 11;
const GROWTH = 3.2;

/**
 * All layers at a moment. `tick` counts frames of the screen: only positions of cars change with it.
 *
 * deck.gl keeps the layers' buffers between calls, and fills again what an update trigger names.
 */
export function layersOf(city: City, colours: Palette, zoom: number, tick: number, chosen: Selection | null): Layer[] {
	const size = Math.min(LARGEST_CAR, Math.max(SMALLEST_CAR, SMALLEST_CAR + (zoom - CITY_ZOOM) * GROWTH));
	return [
		...cells(city.cells, colours),
		ways(city, colours, tick),
		pickups(city, colours),
		requests(city, colours),
		marked(city, colours, size, tick, chosen),
		cars(city, colours, size, tick),
	];
}

function cars(city: City, colours: Palette, size: number, tick: number): Layer {
	const fleet = city.fleet;
	const revision = [fleet.revision, colours];
	return new IconLayer({
		id: "cars",
		data: { length: fleet.size },
		dataComparator: (one, other) => (one as { length: number }).length === (other as { length: number }).length,
		coordinateSystem: COORDINATE_SYSTEM.LNGLAT_OFFSETS,
		coordinateOrigin: [...fleet.origin, 0],
		iconAtlas: carSheet() as unknown as string,
		iconMapping: CAR_ICONS,
		sizeUnits: "pixels",
		getSize: size,
		getIcon: (_, { index }) => (Number.isNaN(fleet.headings[index]) ? "still" : "car"),
		getAngle: (_, { index }) => -(fleet.headings[index] || 0),
		getColor: (_, { index }) => colours.states[fleet.states[index] as CarRow[3]],
		getPosition: (_, { index, target }) => {
			target[0] = fleet.shown[2 * index] as number;
			target[1] = fleet.shown[2 * index + 1] as number;
			target[2] = 0;
			return target as [number, number, number];
		},
		updateTriggers: { getPosition: [tick, fleet.revision], getIcon: revision, getAngle: revision, getColor: revision },
		pickable: true,
	});
}

/** From the car to where it goes: first to the pickup, then to the dropoff. */
function ways(city: City, colours: Palette, tick: number): Layer {
	return new PathLayer<ShownTrip>({
		id: "ways",
		data: [...city.trips.values()],
		dataComparator: () => false,
		widthUnits: "pixels",
		getWidth: 2,
		capRounded: true,
		getPath: (trip) => wayOf(city, trip),
		getColor: (trip) => [...colours.states[trip.state === "in_progress" ? 2 : 1], 150],
		updateTriggers: { getPath: tick },
		pickable: true,
	});
}

function wayOf(city: City, trip: ShownTrip): [number, number][] {
	const stops = trip.state === "in_progress" ? [trip.dropoff] : [trip.pickup, trip.dropoff];
	const car = city.fleet.placeOf(trip.driver_id);
	return (car ? [car, ...stops] : stops).map((place) => [place.lng, place.lat]);
}

function pickups(city: City, colours: Palette): Layer {
	const ends = [...city.trips.values()].map((trip) => ({
		trip,
		at: trip.state === "in_progress" ? trip.dropoff : trip.pickup,
	}));
	return new ScatterplotLayer({
		id: "ends",
		data: ends,
		radiusUnits: "pixels",
		getRadius: 3.5,
		getPosition: (end) => [end.at.lng, end.at.lat],
		getFillColor: colours.surface,
		getLineColor: (end) => colours.states[end.trip.state === "in_progress" ? 2 : 1],
		lineWidthUnits: "pixels",
		getLineWidth: 2,
		stroked: true,
	});
}

function requests(city: City, colours: Palette): Layer {
	const now = Date.now();
	return new ScatterplotLayer<ShownRequest>({
		id: "requests",
		data: [...city.requests.values()],
		radiusUnits: "pixels",
		getRadius: (request) => 6 + 8 * Math.min(1, (now - Date.parse(request.requested_at)) / 1000 / LONG_WAIT_S),
		getPosition: (request) => [request.pickup.lng, request.pickup.lat],
		getFillColor: [...colours.waiting, 70],
		getLineColor: colours.waiting,
		lineWidthUnits: "pixels",
		getLineWidth: 2,
		stroked: true,
		pickable: true,
	});
}

/** A ring around what is chosen. */
function marked(city: City, colours: Palette, size: number, tick: number, chosen: Selection | null): Layer {
	const place = chosen ? placeOf(city, chosen) : null;
	return new ScatterplotLayer({
		id: "chosen",
		data: place ? [place] : [],
		radiusUnits: "pixels",
		getRadius: size * 0.8 + 4,
		getPosition: (at: Place) => [at.lng, at.lat],
		filled: false,
		stroked: true,
		lineWidthUnits: "pixels",
		getLineWidth: 2.5,
		getLineColor: colours.ink,
		updateTriggers: { getPosition: tick },
	});
}

function placeOf(city: City, chosen: Selection): Place | null {
	if (chosen.kind === "driver") return city.fleet.placeOf(chosen.id);
	const trip = city.trips.get(chosen.id);
	if (trip) return city.fleet.placeOf(trip.driver_id) ?? trip.pickup;
	return city.requests.get(chosen.id)?.pickup ?? null;
}

function cells(rows: CellRow[], colours: Palette): Layer[] {
	if (rows.length === 0) return [];
	const most = Math.max(...rows.map(carsIn));
	return [
		new SolidPolygonLayer<CellRow>({
			id: "cells",
			data: rows,
			getPolygon: ([cell]) => cellToBoundary(cell, true),
			getFillColor: (row) => [...colours.states[0], 30 + 170 * Math.sqrt(carsIn(row) / most)],
			pickable: true,
		}),
	];
}
