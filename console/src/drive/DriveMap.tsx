import { type Ref, useCallback, useEffect, useImperativeHandle, useRef, useState } from "react";
import { Icon } from "../design/Icon";
import { colour, useTheme } from "../design/theme";
import type { Engine, LayersList } from "../map/engine";
import { Crosshair, MapFrame } from "../map/MapFrame";
import type { CarState, DraggedCar } from "../map/marks";
import { ahead, distanceM, headingDeg, type Place } from "../map/place";
import { type Loaded, useMap } from "../map/useMap";
import { metresDriven, seen } from "./car";
import { useDriver, useKnown } from "./driver";
import { target } from "./shift";
import type { Known } from "./state";
import { gridOf, restOf, wayBetween } from "./way";
import "./map.css";

export interface MapHandle {
	/** The place in the middle of the map. */
	centre: () => Place;
}

type Parts = typeof import("../map/marks") & typeof import("../map/paths");

async function loadParts(): Promise<Parts> {
	const [marks, paths] = await Promise.all([import("../map/marks"), import("../map/paths")]);
	return { ...marks, ...paths };
}

type DriversMap = Loaded<Parts> | null;

const STEP_M = 40;
const LONG_STEP_M = 200;
/** A shorter move of the hand says nothing of the direction. */
const TURNS_AFTER_M = 2;
const TURNS: Record<string, number> = { ArrowUp: 0, ArrowRight: 90, ArrowDown: 180, ArrowLeft: 270 };
const CLOSE_ZOOM = 14;
const MARGIN = 72;
/** The car may come so near to the edge before the map follows: nearer than `MARGIN`, or what was fitted would not stay. */
const EDGE = 36;
const PATHS_EVERY_MS = 200;
/** As in `drive.css`. */
const WIDE = "(min-width: 52rem)";
const SHEET_PX = 432;

/** The map: the car, which can be dragged or moved by arrow keys, and the way that lies before it. */
export function DriveMap({ handle, picking }: { handle: Ref<MapHandle>; picking: boolean }) {
	const { app, market } = useDriver();
	const known = useKnown();
	const theme = useTheme();
	const element = useRef<HTMLDivElement>(null);
	const start = useCallback(() => ({ ...app.car.at, zoom: CLOSE_ZOOM }), [app]);
	const { map, failed } = useMap(element, market, loadParts, start);
	const { following, follow } = useFollowing(map);
	const car = useCar(map, carState(known));
	useImperativeHandle(handle, () => ({
		centre() {
			const centre = map?.engine.ground.getCenter();
			return centre ? { lat: centre.lat, lng: centre.lng } : app.car.at;
		},
	}));
	usePadding(map);
	useTaps(map, known.me?.online !== true && known.shift.trip === null);
	usePins(map, known);
	useFrames(map, car, following && !picking, theme);
	return (
		<MapFrame market={market} element={element} loaded={map !== null} failed={failed}>
			{map && picking ? <Crosshair kind="dropoff" /> : null}
			{map && !following ? (
				<button type="button" className="drive-follow" onClick={follow} aria-label="Show my car">
					<Icon name="locate" />
				</button>
			) : null}
		</MapFrame>
	);
}

/** The driver's own car. It is moved with each frame of the screen, by `useFrames`. */
function useCar(map: DriversMap, state: CarState): DraggedCar | null {
	const { app } = useDriver();
	const [car, setCar] = useState<DraggedCar | null>(null);
	useEffect(() => {
		if (!map) return;
		const drag = (to: Place) => {
			const { at } = app.car;
			app.car.put(to, distanceM(at, to) > TURNS_AFTER_M ? headingDeg(at, to) : null);
		};
		const steer = (event: KeyboardEvent) => {
			const turn = TURNS[event.key];
			if (turn === undefined) return;
			event.preventDefault();
			event.stopPropagation(); // the map would move, too
			app.car.put(ahead(app.car.at, turn, event.shiftKey ? LONG_STEP_M : STEP_M), turn);
		};
		const made = new map.parts.DraggedCar(map.engine.ground, app.car.at, "Your car. Arrow keys move it.", drag);
		made.element.addEventListener("keydown", steer);
		setCar(made);
		return () => {
			made.remove();
			setCar(null);
		};
	}, [app, map]);
	useEffect(() => car?.looks(state), [car, state]);
	return car;
}

/** The map stays with the car until a person moves the map. */
function useFollowing(map: DriversMap): { following: boolean; follow: () => void } {
	const { app } = useDriver();
	const [following, setFollowing] = useState(true);
	useEffect(() => {
		if (!map) return;
		const { ground } = map.engine;
		const leave = (event: { originalEvent?: unknown }) => event.originalEvent && setFollowing(false);
		ground.on("dragstart", leave);
		ground.on("zoomstart", leave);
		return () => {
			ground.off("dragstart", leave);
			ground.off("zoomstart", leave);
		};
	}, [map]);
	function follow() {
		setFollowing(true);
		map?.engine.ground.easeTo({ center: app.car.at, zoom: Math.max(CLOSE_ZOOM, map.engine.ground.getZoom()) });
	}
	return { following, follow };
}

/** While the driver is offline, a tap on the map puts the car there. */
function useTaps(map: DriversMap, active: boolean): void {
	const { app } = useDriver();
	useEffect(() => {
		if (!map || !active) return;
		const { ground } = map.engine;
		const tap = ({ lngLat }: { lngLat: Place }) => app.car.put({ lat: lngLat.lat, lng: lngLat.lng }, null);
		ground.on("click", tap);
		return () => {
			ground.off("click", tap);
		};
	}, [app, map, active]);
}

/** Pickup and dropoff of the trip in hand, or of the offer that is to be answered. */
function usePins(map: DriversMap, known: Known): void {
	const { app } = useDriver();
	const key = JSON.stringify(placesOf(known));
	useEffect(() => {
		const places = JSON.parse(key) as Places | null;
		if (!map || !places) return;
		const { engine, parts } = map;
		const pin = (kind: "pickup" | "dropoff", label: string) => {
			const at = places[kind];
			return at ? [new parts.Pin(engine.ground, at, { kind, label })] : [];
		};
		const pins = [...pin("pickup", "Pickup"), ...pin("dropoff", "Dropoff")];
		const next = [app.car.at, places.pickup, places.toPickup ? null : places.dropoff].filter((place) => place !== null);
		if (next.length > 1) engine.fit(next, MARGIN);
		return () => {
			for (const each of pins) each.remove();
		};
	}, [app, map, key]);
}

interface Places {
	pickup: Place | null;
	dropoff: Place | null;
	/** The way to the pickup matters now, not the ride. */
	toPickup: boolean;
}

function placesOf({ shift }: Known): Places | null {
	const { trip } = shift;
	const [offer] = shift.offers;
	if (trip) {
		const toPickup = trip.state !== "in_progress";
		return { pickup: toPickup ? trip.pickup : null, dropoff: trip.dropoff, toPickup };
	}
	return offer ? { pickup: offer.pickup, dropoff: offer.dropoff, toPickup: false } : null;
}

/** Move the car with each frame, and draw the ways a few times a second. */
function useFrames(map: DriversMap, car: DraggedCar | null, following: boolean, theme: string): void {
	const { app, market } = useDriver();
	// biome-ignore lint/correctness/useExhaustiveDependencies: a new theme has new colours
	useEffect(() => {
		if (!map || !car) return;
		const { engine, parts } = map;
		const colours = { way: colour("to-pickup"), ride: colour("with-rider") };
		let frame = 0;
		let drawnAt = 0;
		let drawn: Known | null = null;
		const draw = () => {
			frame = requestAnimationFrame(draw);
			const now = Date.now();
			const known = app.state.snapshot();
			const { at, headingDeg } = seen(known.car, now);
			car.place(at, headingDeg);
			if (following) keepInView(engine, at);
			const isSame = drawn?.shift === known.shift && drawn.car === known.car && !known.car.drive;
			if (isSame || now - drawnAt < PATHS_EVERY_MS) return;
			drawnAt = now;
			drawn = known;
			engine.show(ways(parts, known, now, gridOf(market.id), colours));
		};
		frame = requestAnimationFrame(draw);
		return () => cancelAnimationFrame(frame);
	}, [app, market, map, car, following, theme]);
}

function ways(
	parts: Parts,
	known: Known,
	now: number,
	grid: number,
	colours: { way: [number, number, number]; ride: [number, number, number] },
): LayersList {
	const places = placesOf(known);
	if (!places) return [];
	const { car, shift } = known;
	const { at } = seen(car, now);
	const to = target(shift) ?? places.pickup;
	const withRider = shift.trip?.state === "in_progress";
	const rest = car.drive
		? restOf(car.drive.way, metresDriven(car.drive, now))
		: to
			? wayBetween(at, to, grid).points
			: [];
	const layers: LayersList = [];
	if (places.pickup && places.dropoff && !withRider) {
		const ride = wayBetween(places.pickup, places.dropoff, grid).points;
		layers.push(parts.pathLayer("ride", ride, { colour: colours.ride, faint: true }));
	}
	if (rest.length > 1) layers.push(parts.pathLayer("rest", rest, { colour: withRider ? colours.ride : colours.way }));
	return layers;
}

function keepInView(engine: Engine, at: Place): void {
	const { ground } = engine;
	if (ground.isMoving()) return;
	const { x, y } = ground.project(at);
	const { clientWidth: width, clientHeight: height } = ground.getContainer();
	const { left = 0 } = ground.getPadding();
	const margin = Math.min(EDGE, width / 4, height / 4);
	const seen = x >= left + margin && x <= width - margin && y >= margin && y <= height - margin;
	if (!seen) ground.easeTo({ center: at, duration: 800 });
}

/** On a wide screen, the sheet lies on the map's left side: what has to be seen lies right of it. */
function usePadding(map: DriversMap): void {
	useEffect(() => {
		if (!map) return;
		const wide = matchMedia(WIDE);
		const pad = () => map.engine.ground.setPadding({ top: 0, right: 0, bottom: 0, left: wide.matches ? SHEET_PX : 0 });
		pad();
		wide.addEventListener("change", pad);
		return () => wide.removeEventListener("change", pad);
	}, [map]);
}

function carState({ me, shift }: Known): CarState {
	if (shift.trip) return shift.trip.state === "in_progress" ? "with_rider" : "to_pickup";
	return me?.online ? "free" : "silent";
}
