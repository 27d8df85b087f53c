import { type KeyboardEvent, type Ref, useEffect, useImperativeHandle, useRef, useState } from "react";
import { createPortal } from "react-dom";
import { colour, useTheme } from "../design/theme";
import type { Engine, LayersList } from "../map/engine";
import { groundOf } from "../map/ground";
import type { Marker } from "../map/pieces";
import { metresDriven, seen } from "./car";
import { useDriver, useKnown } from "./driver";
import { type Known, target } from "./driverApp";
import { CarShape, Flag, Locate, Rider } from "./icons";
import { ahead, distanceM, gridOf, headingDeg, type Place, restOf, wayBetween } from "./way";
import "./map.css";

export interface MapHandle {
	/** The place in the middle of the map. */
	centre: () => Place;
}

type Pieces = typeof import("../map/pieces");

/** A loaded map with the elements that lie on it. */
interface Loaded {
	engine: Engine;
	pieces: Pieces;
	car: HTMLElement;
	pickup: HTMLElement;
	dropoff: HTMLElement;
	carMarker: Marker;
}

const STEP_M = 40;
const LONG_STEP_M = 200;
const TURNS: Record<string, number> = { ArrowUp: 0, ArrowRight: 90, ArrowDown: 180, ArrowLeft: 270 };
const CLOSE_ZOOM = 14;
const MARGIN = 72;
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
	const [loaded, setLoaded] = useState<Loaded | null>(null);
	const [failed, setFailed] = useState(false);
	const follows = useFollowing(loaded);
	useImperativeHandle(handle, () => ({
		centre() {
			const centre = loaded?.engine.ground.getCenter();
			return centre ? { lat: centre.lat, lng: centre.lng } : seen(app.snapshot().car, Date.now()).at;
		},
	}));

	useEffect(() => {
		let over = false;
		let made: Loaded | null = null;
		load().then(
			([{ Engine }, pieces]) => {
				if (over || !element.current) return;
				const { at } = seen(app.snapshot().car, Date.now());
				const engine = new Engine(element.current, { ...at, zoom: CLOSE_ZOOM });
				const [car, pickup, dropoff] = [div("drive-car"), div("drive-stop"), div("drive-stop")];
				const carMarker = pieces.placed(engine, car, at, "center");
				made = { engine, pieces, car, pickup, dropoff, carMarker };
				setLoaded(made);
			},
			() => setFailed(true),
		);
		return () => {
			over = true;
			made?.engine.remove();
			setLoaded(null);
		};
	}, [app, market]);

	useEffect(() => {
		loaded?.engine.lay(groundOf(market, theme));
	}, [loaded, market, theme]);

	usePadding(loaded);
	useDragging(loaded);
	useTaps(loaded, known.me?.online !== true && known.shift.trip === null);
	usePins(loaded, known);
	useFrames(loaded, follows.following && !picking, theme);

	function steer(event: KeyboardEvent) {
		const turn = TURNS[event.key];
		if (turn === undefined) return;
		event.preventDefault();
		event.stopPropagation();
		const { at } = seen(app.snapshot().car, Date.now());
		app.put(ahead(at, turn, event.shiftKey ? LONG_STEP_M : STEP_M), turn);
	}

	return (
		<>
			<section ref={element} className="drive-ground" aria-label={`Map of ${market.name}`} data-testid="map" />
			{failed ? <p className="drive-map-note">The map could not be loaded. Everything else works without it.</p> : null}
			{picking ? <span className="drive-cross" aria-hidden="true" /> : null}
			{loaded && !follows.following ? (
				<button type="button" className="drive-follow" onClick={follows.follow} aria-label="Show my car">
					<Locate />
				</button>
			) : null}
			{loaded
				? createPortal(
						<button
							type="button"
							className="drive-car-button"
							data-state={carState(known)}
							aria-label="Your car. Arrow keys move it."
							onKeyDown={steer}
						>
							<CarShape />
						</button>,
						loaded.car,
					)
				: null}
			{loaded ? createPortal(<Pin kind="pickup" />, loaded.pickup) : null}
			{loaded ? createPortal(<Pin kind="dropoff" />, loaded.dropoff) : null}
		</>
	);
}

function Pin({ kind }: { kind: "pickup" | "dropoff" }) {
	return (
		<span className="drive-pin-head" data-kind={kind} role="img" aria-label={kind === "pickup" ? "Pickup" : "Dropoff"}>
			{kind === "pickup" ? <Rider /> : <Flag />}
		</span>
	);
}

/** The map stays with the car until somebody moves the map. */
function useFollowing(loaded: Loaded | null): { following: boolean; follow: () => void } {
	const { app } = useDriver();
	const [following, setFollowing] = useState(true);
	useEffect(() => {
		if (!loaded) return;
		const { ground } = loaded.engine;
		const leave = (event: { originalEvent?: unknown }) => event.originalEvent && setFollowing(false);
		ground.on("dragstart", leave);
		ground.on("zoomstart", leave);
		return () => {
			ground.off("dragstart", leave);
			ground.off("zoomstart", leave);
		};
	}, [loaded]);
	function follow() {
		setFollowing(true);
		const { at } = seen(app.snapshot().car, Date.now());
		loaded?.engine.ground.easeTo({ center: at, zoom: Math.max(CLOSE_ZOOM, loaded.engine.ground.getZoom()) });
	}
	return { following, follow };
}

function useDragging(loaded: Loaded | null): void {
	const { app } = useDriver();
	useEffect(() => {
		if (!loaded) return;
		const { carMarker: marker } = loaded;
		marker.setDraggable(true);
		const drag = () => {
			const { lat, lng } = marker.getLngLat();
			const { at } = seen(app.snapshot().car, Date.now());
			const far = distanceM(at, { lat, lng }) > 2;
			app.put({ lat, lng }, far ? headingDeg(at, { lat, lng }) : null);
		};
		marker.on("drag", drag);
		return () => {
			marker.off("drag", drag);
		};
	}, [app, loaded]);
}

/** While the driver is offline, a tap on the map puts the car there. */
function useTaps(loaded: Loaded | null, active: boolean): void {
	const { app } = useDriver();
	useEffect(() => {
		if (!loaded || !active) return;
		const { ground } = loaded.engine;
		const tap = ({ lngLat }: { lngLat: Place }) => app.put({ lat: lngLat.lat, lng: lngLat.lng }, null);
		ground.on("click", tap);
		return () => {
			ground.off("click", tap);
		};
	}, [app, loaded, active]);
}

/** Pickup and dropoff of the trip in hand, or of the offer that is to be answered. */
function usePins(loaded: Loaded | null, known: Known): void {
	const { app } = useDriver();
	const places = placesOf(known);
	const key = JSON.stringify(places);
	useEffect(() => {
		if (!loaded || !places) return;
		const { engine, pieces } = loaded;
		const markers = [
			places.pickup ? pieces.placed(engine, loaded.pickup, places.pickup, "bottom") : null,
			places.dropoff ? pieces.placed(engine, loaded.dropoff, places.dropoff, "bottom") : null,
		];
		const { at } = seen(app.snapshot().car, Date.now());
		const next = [at, places.pickup, places.toPickup ? null : places.dropoff].filter((place) => place !== null);
		if (next.length > 1) pieces.fit(engine, next, MARGIN);
		return () => {
			for (const marker of markers) marker?.remove();
		};
	}, [loaded, key]);
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
function useFrames(loaded: Loaded | null, following: boolean, theme: string): void {
	const { app, market } = useDriver();
	useEffect(() => {
		if (!loaded) return;
		const { engine, carMarker, car } = loaded;
		const colours = { way: colour("to-pickup"), ride: colour("with-rider") };
		let frame = 0;
		let drawnAt = 0;
		let drawn: unknown = null;
		const draw = () => {
			frame = requestAnimationFrame(draw);
			const now = Date.now();
			const known = app.snapshot();
			const { at, headingDeg } = seen(known.car, now);
			const old = carMarker.getLngLat();
			if (old.lat !== at.lat || old.lng !== at.lng) carMarker.setLngLat(at);
			car.style.setProperty("--heading", `${headingDeg}deg`);
			if (following) keepInView(engine, at);
			const same = drawn === known.shift && !known.car.drive;
			if ((same && known.car.at === at) || now - drawnAt < PATHS_EVERY_MS) return;
			drawnAt = now;
			drawn = known.shift;
			engine.show(ways(loaded.pieces, known, now, gridOf(market.id), colours));
		};
		frame = requestAnimationFrame(draw);
		return () => cancelAnimationFrame(frame);
	}, [app, market, loaded, following, theme]);
}

function ways(
	pieces: Pieces,
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
		layers.push(pieces.pathLayer("ride", ride, { colour: colours.ride, faint: true }));
	}
	if (rest.length > 1) layers.push(pieces.pathLayer("rest", rest, { colour: withRider ? colours.ride : colours.way }));
	return layers;
}

function keepInView(engine: Engine, at: Place): void {
	const { ground } = engine;
	if (ground.isMoving()) return;
	const { x, y } = ground.project(at);
	const { clientWidth: width, clientHeight: height } = ground.getContainer();
	const { left = 0 } = ground.getPadding();
	const margin = Math.min(MARGIN, width / 4, height / 4);
	const seen = x >= left + margin && x <= width - margin && y >= margin && y <= height - margin;
	if (!seen) ground.easeTo({ center: at, duration: 800 });
}

/** On a wide screen, the sheet lies on the map's left side: what has to be seen lies right of it. */
function usePadding(loaded: Loaded | null): void {
	useEffect(() => {
		if (!loaded) return;
		const wide = matchMedia(WIDE);
		const pad = () =>
			loaded.engine.ground.setPadding({ top: 0, right: 0, bottom: 0, left: wide.matches ? SHEET_PX : 0 });
		pad();
		wide.addEventListener("change", pad);
		return () => wide.removeEventListener("change", pad);
	}, [loaded]);
}

function carState({ me, shift }: Known): string {
	if (shift.trip) return shift.trip.state === "in_progress" ? "with_rider" : "to_pickup";
	return me?.online ? "free" : "silent";
}

function load() {
	return Promise.all([import("../map/engine"), import("../map/pieces")]);
}

function div(name: string): HTMLElement {
	const element = document.createElement("div");
	element.className = name;
	return element;
}
