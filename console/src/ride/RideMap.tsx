import { useEffect, useRef } from "react";
import type { Market } from "../api/config";
import { useTheme } from "../design/theme";
import { Crosshair, MapFrame } from "../map/MapFrame";
import type { DrivingCar, FreeCars, Pin } from "../map/marks";
import type { Place } from "../map/place";
import { type Loaded, useMap } from "../map/useMap";
import type { NearbyCar } from "./nearby";
import type { End } from "./plan";
import type { Car } from "./trip";

/** How far the page covers the map at its edges, in pixels. */
export interface Covered {
	top: number;
	right: number;
	bottom: number;
	left: number;
}

/** Shows and sets places on the map; there once it is loaded. */
export interface MapHand {
	/** The place in the middle of what is visible. */
	middle: () => Place;
	look: (at: Place) => void;
}

interface Props {
	market: Market;
	pickup: Place | null;
	dropoff: Place | null;
	/** The end that a tap sets. */
	choosing: End | null;
	/** A person chose a place; without it, places stay. */
	place?: ((end: End, point: Place) => void) | undefined;
	free: readonly NearbyCar[];
	car: Car | null;
	stale: boolean;
	withRider: boolean;
	covered: Covered;
	/** The places to bring into view, each time the key changes. */
	view: { key: string; points: readonly Place[] };
	ready: (hand: MapHand | null) => void;
}

type Marks = typeof import("../map/marks");
type RidesMap = Loaded<Marks> | null;
const loadMarks = (): Promise<Marks> => import("../map/marks");

const NAMES: Record<End, string> = { pickup: "Pickup", dropoff: "Dropoff" };

/** The map of a ride: its two ends, free cars around it, and the car that comes. */
export function RideMap(props: Props) {
	const { market, covered, choosing } = props;
	const element = useRef<HTMLDivElement>(null);
	const { map, failed } = useMap(element, market, loadMarks);
	useHand(map, props.ready);
	usePin(map, "pickup", props);
	usePin(map, "dropoff", props);
	useWay(map, props.pickup, props.dropoff);
	useFreeCars(map, props.free);
	useCar(map, props);
	useChoosing(map, props);
	useView(map, covered, props.view);
	return (
		<MapFrame market={market} element={element} loaded={map !== null} failed={failed}>
			{map && choosing ? <Crosshair kind={choosing} /> : null}
		</MapFrame>
	);
}

function useHand(map: RidesMap, ready: Props["ready"]) {
	useEffect(() => {
		if (!map) return;
		const { ground } = map.engine;
		ready({
			middle: () => placeOf(ground.getCenter()),
			look: (at) => ground.easeTo({ center: at, zoom: Math.max(15, ground.getZoom()) }),
		});
		return () => ready(null);
	}, [map, ready]);
}

function usePin(map: RidesMap, end: End, { place, ...places }: Props) {
	const pin = useRef<Pin | null>(null);
	const set = useRef(place);
	set.current = place;
	const isSet = places[end] !== null;
	const canMove = place !== undefined;
	// biome-ignore lint/correctness/useExhaustiveDependencies: a place that is another moves the pin, below
	useEffect(() => {
		const at = places[end];
		if (!map || !at) return;
		const moved = canMove ? (to: Place) => set.current?.(end, to) : undefined;
		pin.current = new map.parts.Pin(map.engine.ground, at, { kind: end, label: NAMES[end] }, moved);
		return () => {
			pin.current?.remove();
			pin.current = null;
		};
	}, [map, end, isSet, canMove]);
	const at = places[end];
	useEffect(() => {
		if (at) pin.current?.place(at);
	}, [at]);
}

/** A dashed arc between the ends: the streets that the driver takes are not known yet. */
function useWay(map: RidesMap, pickup: Place | null, dropoff: Place | null) {
	const theme = useTheme();
	// A new theme has new colours, and its ground has no way yet.
	useEffect(() => {
		if (!map || !pickup || !dropoff) return;
		const { ground } = map.engine;
		const coordinates = arc(pickup, dropoff);
		const draw = () => {
			const data = { type: "Feature", properties: {}, geometry: { type: "LineString", coordinates } } as const;
			if (ground.getSource("way")) return;
			ground.addSource("way", { type: "geojson", data });
			ground.addLayer({
				id: "way",
				type: "line",
				source: "way",
				layout: { "line-cap": "round" },
				paint: { "line-color": WAY_COLOURS[theme], "line-width": 3, "line-dasharray": [0.1, 2] },
			});
		};
		if (ground.isStyleLoaded()) draw();
		ground.on("styledata", draw);
		return () => {
			ground.off("styledata", draw);
			if (!ground.getLayer("way")) return;
			ground.removeLayer("way");
			ground.removeSource("way");
		};
	}, [map, pickup, dropoff, theme]);
}

const WAY_COLOURS = { light: "#14201f", dark: "#e8efee" };

function useFreeCars(map: RidesMap, free: readonly NearbyCar[]) {
	const cars = useRef<FreeCars | null>(null);
	useEffect(() => {
		cars.current = map ? new map.parts.FreeCars(map.engine.ground) : null;
		return () => cars.current?.show([]);
	}, [map]);
	useEffect(() => cars.current?.show(free), [free]);
}

function useCar(map: RidesMap, { car, stale, withRider }: Props) {
	const shown = useRef<DrivingCar | null>(null);
	const isThere = car !== null;
	// biome-ignore lint/correctness/useExhaustiveDependencies: a position that is another drives the car, below
	useEffect(() => {
		if (!map || !car) return;
		shown.current = new map.parts.DrivingCar(map.engine.ground, car, "Your car");
		return () => {
			shown.current?.remove();
			shown.current = null;
		};
	}, [map, isThere]);
	useEffect(() => {
		if (car) shown.current?.drive(car);
	}, [car]);
	// biome-ignore lint/correctness/useExhaustiveDependencies: a new car has no state yet
	useEffect(
		() => shown.current?.looks(stale ? "silent" : withRider ? "with_rider" : "to_pickup"),
		[map, isThere, stale, withRider],
	);
}

/** A tap sets the place; so does Enter on the map, in the middle of what is visible. */
function useChoosing(map: RidesMap, { choosing, place }: Props) {
	useEffect(() => {
		if (!map || !choosing || !place) return;
		const { ground } = map.engine;
		const canvas = ground.getCanvas();
		const tapped = (event: { lngLat: Place; originalEvent: MouseEvent }) => {
			if (event.originalEvent.target === canvas) place(choosing, placeOf(event.lngLat));
		};
		const typed = (event: KeyboardEvent) => {
			if (event.key !== "Enter" && event.key !== " ") return;
			event.preventDefault();
			place(choosing, placeOf(ground.getCenter()));
		};
		ground.on("click", tapped);
		canvas.addEventListener("keydown", typed);
		canvas.setAttribute("aria-label", `Map. Arrow keys move it, Enter sets the ${choosing} in its middle.`);
		return () => {
			ground.off("click", tapped);
			canvas.removeEventListener("keydown", typed);
			canvas.setAttribute("aria-label", "Map");
		};
	}, [map, choosing, place]);
}

function useView(map: RidesMap, covered: Covered, view: Props["view"]) {
	const { top, right, bottom, left } = covered;
	useEffect(() => {
		map?.engine.ground.setPadding({ top, right, bottom, left });
	}, [map, top, right, bottom, left]);
	// biome-ignore lint/correctness/useExhaustiveDependencies: a person may move the map until the key changes
	useEffect(() => {
		const [first, ...more] = view.points;
		if (!map || !first) return;
		const { ground } = map.engine;
		const look = () => {
			if (more.length > 0) map.engine.fit(view.points, EDGE_PX);
			else ground.easeTo({ center: first, zoom: Math.max(14, ground.getZoom()) });
		};
		look();
		ground.on("resize", look); // a phone that is turned, or another window
		return () => {
			ground.off("resize", look);
		};
	}, [map, view.key, top, right, bottom, left]);
}

const EDGE_PX = 56;

function placeOf({ lat, lng }: Place): Place {
	return { lat, lng };
}

const ARC_STEPS = 32;
const ARC_BEND = 0.12;

/** A curve that leaves the straight line by a part of its length, as GeoJSON's coordinates. */
export function arc(from: Place, to: Place): [lng: number, lat: number][] {
	const bend = { lat: (from.lng - to.lng) * ARC_BEND, lng: (to.lat - from.lat) * ARC_BEND };
	const over = { lat: (from.lat + to.lat) / 2 - bend.lat, lng: (from.lng + to.lng) / 2 - bend.lng };
	return Array.from({ length: ARC_STEPS + 1 }, (_, step) => {
		const t = step / ARC_STEPS;
		const along = (a: number, b: number, c: number) => (1 - t) ** 2 * a + 2 * t * (1 - t) * b + t ** 2 * c;
		return [along(from.lng, over.lng, to.lng), along(from.lat, over.lat, to.lat)];
	});
}
