/**
 * Marks of HTML on the map: pins and cars, which people can move. For a few things; a fleet is drawn by layers.
 *
 * Their look is the page's CSS (`marks.css`), so that the theme reaches them.
 */

import { type Map as Ground, Marker } from "maplibre-gl";
import { Motion, type Placed } from "./motion";
import type { Place } from "./place";
import "./marks.css";

const STEP_PX = 24;
const FINE_STEP_PX = 4;
/** The new place is reported this long after the last key. */
const KEYS_END_MS = 500;
const STEPS: Record<string, [x: number, y: number]> = {
	ArrowUp: [0, -1],
	ArrowDown: [0, 1],
	ArrowLeft: [-1, 0],
	ArrowRight: [1, 0],
};

/** A pin: dragged, or moved by the arrow keys (with Shift in small steps), if `moved` is given. */
export class Pin {
	private readonly ground: Ground;
	private readonly marker: Marker;
	private timer = 0;

	constructor(ground: Ground, at: Place, look: { kind: string; label: string }, moved?: (to: Place) => void) {
		this.ground = ground;
		const element: HTMLElement = document.createElement(moved ? "button" : "div");
		element.className = "pin";
		element.dataset.kind = look.kind;
		element.setAttribute("aria-label", moved ? `${look.label}. Arrow keys move it.` : look.label);
		if (!moved) element.setAttribute("role", "img");
		this.marker = new Marker({ element, anchor: "center", draggable: Boolean(moved) });
		this.marker.setLngLat(at).addTo(ground);
		if (!moved) return;
		const told = () => {
			const { lat, lng } = this.marker.getLngLat();
			moved({ lat, lng });
		};
		this.marker.on("dragend", told);
		element.addEventListener("keydown", (event) => this.step(event, told));
		element.addEventListener("click", (event) => event.stopPropagation());
	}

	place(at: Place): void {
		this.marker.setLngLat(at);
	}

	remove(): void {
		clearTimeout(this.timer);
		this.marker.remove();
	}

	private step(event: KeyboardEvent, told: () => void): void {
		const step = STEPS[event.key];
		if (!step) return;
		event.preventDefault();
		event.stopPropagation(); // the map would move, too
		const size = event.shiftKey ? FINE_STEP_PX : STEP_PX;
		const { x, y } = this.ground.project(this.marker.getLngLat());
		this.marker.setLngLat(this.ground.unproject([x + step[0] * size, y + step[1] * size]));
		clearTimeout(this.timer);
		this.timer = window.setTimeout(told, KEYS_END_MS);
	}
}

const CAR = `<svg viewBox="0 0 24 44" width="24" height="44" aria-hidden="true">
<rect class="body" x="3" y="1" width="18" height="42" rx="7"/>
<path class="glass" d="M6 14q6-3.5 12 0l-1.5 5.5h-9zM7.5 33h9l1.5 4q-6 2.5-12 0z"/>
<path class="light" d="M6 4.5h3M15 4.5h3"/></svg>`;

/** The state of a car gives its colour. The place of a silent car is not known. */
export type CarState = "free" | "to_pickup" | "with_rider" | "silent";

/** A car seen from above. */
export class CarMark {
	readonly element: HTMLElement;
	protected readonly marker: Marker;

	/** A car that is a `button` can get the keyboard's focus. */
	constructor(ground: Ground, at: Place, label: string, tag: "div" | "button" = "div") {
		this.element = document.createElement(tag);
		this.element.className = "car-mark";
		this.element.setAttribute("aria-label", label);
		if (tag === "div") this.element.setAttribute("role", "img");
		this.element.innerHTML = CAR;
		const options = { anchor: "center", rotationAlignment: "map", subpixelPositioning: true } as const;
		this.marker = new Marker({ element: this.element, ...options }).setLngLat(at).addTo(ground);
	}

	/** Without a heading the car keeps the one that it has. */
	place({ lat, lng }: Place, headingDeg: number | null): void {
		const shown = this.marker.getLngLat();
		if (shown.lat !== lat || shown.lng !== lng) this.marker.setLngLat({ lat, lng });
		if (headingDeg !== null && headingDeg !== this.marker.getRotation()) this.marker.setRotation(headingDeg);
	}

	looks(state: CarState): void {
		this.element.dataset.state = state;
	}

	remove(): void {
		this.marker.remove();
	}
}

/** A car that people drag, or move by keys. */
export class DraggedCar extends CarMark {
	constructor(ground: Ground, at: Place, label: string, dragged: (to: Place) => void) {
		super(ground, at, label, "button");
		this.marker.setDraggable(true);
		this.marker.on("drag", () => {
			const { lat, lng } = this.marker.getLngLat();
			dragged({ lat, lng });
		});
		this.element.addEventListener("click", (event) => event.stopPropagation());
	}
}

/** A car that is heard of every few seconds: it drives from position to position. */
export class DrivingCar extends CarMark {
	private readonly motion: Motion;
	private readonly still = matchMedia("(prefers-reduced-motion: reduce)");
	private frame = 0;

	constructor(ground: Ground, at: Placed, label: string) {
		super(ground, at, label);
		this.motion = new Motion(at, performance.now());
		this.place(at, at.heading_deg);
	}

	drive(to: Placed): void {
		this.motion.heard(to, performance.now());
		if (this.still.matches) this.show(Number.POSITIVE_INFINITY);
		else this.frame ||= requestAnimationFrame(this.paint);
	}

	override remove(): void {
		cancelAnimationFrame(this.frame);
		super.remove();
	}

	private readonly paint = () => {
		const now = performance.now();
		this.show(now);
		this.frame = this.motion.isThere(now) ? 0 : requestAnimationFrame(this.paint);
	};

	private show(now: number): void {
		const at = this.motion.at(now);
		this.place(at, at.heading_deg);
	}
}

const FREE_CAR = `<svg viewBox="0 0 24 24" width="18" height="18" aria-hidden="true">
<path d="M5 11l1.7-4.5A2.2 2.2 0 0 1 8.8 5h6.4a2.2 2.2 0 0 1 2.1 1.5L19 11a2 2 0 0 1 1.5 2v4.5h-2.700V16H6.200v1.5H3.5V13A2 2 0 0 1 5 11zm2.2-.5h9.600l-1.200-3.300a.8.8 0 0 0-.8-.5H9.200a.8.8 0 0 0-.8.5z"/></svg>`;

/** Free cars around a place, as small signs. The service does not tell which is which, so they do not drive. */
export class FreeCars {
	private readonly ground: Ground;
	private marks: Marker[] = [];

	constructor(ground: Ground) {
		this.ground = ground;
	}

	show(cars: readonly Place[]): void {
		while (this.marks.length > cars.length) this.marks.pop()?.remove();
		cars.forEach((car, number) => {
			this.marks[number] ??= this.mark(car);
			this.marks[number].setLngLat(car);
		});
	}

	private mark(car: Place): Marker {
		const element = document.createElement("div");
		element.className = "free-car";
		element.setAttribute("role", "img");
		element.setAttribute("aria-label", "Free car");
		element.innerHTML = FREE_CAR;
		return new Marker({ element, anchor: "center" }).setLngLat(car).addTo(this.ground);
	}
}
