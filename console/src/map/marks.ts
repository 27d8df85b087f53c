/**
 * Marks of HTML on the map: pins that people move, and cars that drive. For a few things; a fleet is drawn by layers.
 *
 * Their look is the page's CSS (`marks.css`), so that the theme reaches them.
 */

import { type Map as Ground, Marker } from "maplibre-gl";
import { Motion, type Placed } from "./motion";
import "./marks.css";

export interface LatLng {
	lat: number;
	lng: number;
}

const STEP_PX = 24;
const FINE_STEP_PX = 4;
/** After the last key, the place is told. */
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

	constructor(ground: Ground, at: LatLng, look: { kind: string; label: string }, moved?: (to: LatLng) => void) {
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

	place(at: LatLng): void {
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

/** A car seen from above. It drives from position to position, and can look as if it were not seen any more. */
export class CarOnMap {
	private readonly marker: Marker;
	private readonly element: HTMLElement;
	private readonly motion: Motion;
	private readonly still = matchMedia("(prefers-reduced-motion: reduce)");
	private frame = 0;

	constructor(ground: Ground, at: Placed, label: string) {
		this.element = document.createElement("div");
		this.element.className = "car-mark";
		this.element.setAttribute("role", "img");
		this.element.setAttribute("aria-label", label);
		this.element.innerHTML = CAR;
		this.motion = new Motion(at, performance.now());
		this.marker = new Marker({
			element: this.element,
			anchor: "center",
			rotationAlignment: "map",
			subpixelPositioning: true,
		});
		this.marker
			.setLngLat(at)
			.setRotation(at.heading_deg ?? 0)
			.addTo(ground);
	}

	drive(to: Placed): void {
		this.motion.heard(to, performance.now());
		if (this.still.matches) this.show(Number.POSITIVE_INFINITY);
		else this.frame ||= requestAnimationFrame(this.paint);
	}

	/** A stale car is grey: it may be somewhere else. */
	looks({ stale, withRider }: { stale: boolean; withRider: boolean }): void {
		this.element.dataset.stale = String(stale);
		this.element.dataset.withRider = String(withRider);
	}

	remove(): void {
		cancelAnimationFrame(this.frame);
		this.marker.remove();
	}

	private readonly paint = () => {
		const now = performance.now();
		this.show(now);
		this.frame = this.motion.isThere(now) ? 0 : requestAnimationFrame(this.paint);
	};

	private show(now: number): void {
		const { lat, lng, heading_deg } = this.motion.at(now);
		this.marker.setLngLat({ lat, lng });
		if (heading_deg !== null) this.marker.setRotation(heading_deg);
	}
}

const FREE_CAR = `<svg viewBox="0 0 24 24" width="18" height="18" aria-hidden="true">
<path d="M5 11l1.7-4.5A2.2 2.2 0 0 1 8.8 5h6.4a2.2 2.2 0 0 1 2.1 1.5L19 11a2 2 0 0 1 1.5 2v4.5h-2.700V16H6.200v1.5H3.5V13A2 2 0 0 1 5 11zm2.2-.5h9.600l-1.200-3.300a.8.8 0 0 0-.8-.5H9.200a.8.8 0 0 0-.8.5z"/></svg>`;

/** Free cars around a place, as small signs. Nobody is told which is which, so they do not drive. */
export class FreeCars {
	private readonly ground: Ground;
	private marks: Marker[] = [];

	constructor(ground: Ground) {
		this.ground = ground;
	}

	show(cars: readonly LatLng[]): void {
		while (this.marks.length > cars.length) this.marks.pop()?.remove();
		cars.forEach((car, number) => {
			this.marks[number] ??= this.mark(car);
			this.marks[number].setLngLat(car);
		});
	}

	private mark(car: LatLng): Marker {
		const element = document.createElement("div");
		element.className = "free-car";
		element.setAttribute("role", "img");
		element.setAttribute("aria-label", "Free car");
		element.innerHTML = FREE_CAR;
		return new Marker({ element, anchor: "center" }).setLngLat(car).addTo(this.ground);
	}
}
