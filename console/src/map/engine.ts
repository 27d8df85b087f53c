/**
 * The map's engine: MapLibre for the ground, deck.gl for what moves on it.
 *
 * Loaded after the first paint (`import("./engine")`): it is nine tenths of all code.
 */

import type { Layer, LayersList, PickingInfo } from "@deck.gl/core";
import { MapboxOverlay } from "@deck.gl/mapbox";
import { Map as Ground, NavigationControl, type StyleSpecification, setWorkerUrl } from "maplibre-gl";
import workerUrl from "maplibre-gl/dist/maplibre-gl-worker.mjs?url";
import "maplibre-gl/dist/maplibre-gl.css";
import "./map.css";
import type { Market } from "../api/config";
import { followGrid } from "./grid";
import { hasTiles } from "./ground";
import { boundsOf, type Place } from "./place";

// As a file of our own origin: the content security policy allows no workers made of text.
setWorkerUrl(workerUrl);

export interface Viewport {
	south: number;
	west: number;
	north: number;
	east: number;
}

export interface Start extends Place {
	zoom: number;
}

const LARGEST_ZOOM = 16;
const MOVES_FOR_MS = 700;

export type { Layer, LayersList, PickingInfo };

/** A map in an element of the page. It is empty until a ground is laid; `data-drawn` says whether all of it is drawn. */
export class Engine {
	readonly ground: Ground;
	private wanted: StyleSpecification | null = null;
	private readonly endGrid: () => void;
	private readonly overlay = new MapboxOverlay({ interleaved: false, layers: [], onLoad: () => this.pass() });

	constructor(element: HTMLElement, market: Market, start: Start = market.view) {
		this.ground = new Ground({
			container: element,
			style: { version: 8, sources: {}, layers: [] }, // an overlay needs one, if only an empty one
			center: [start.lng, start.lat],
			zoom: start.zoom,
			attributionControl: { compact: true },
			dragRotate: false,
			pitchWithRotate: false,
			touchPitch: false,
			fadeDuration: 0,
		});
		this.ground.on("dataloading", () => this.drawn(false));
		this.ground.on("idle", () => this.drawn(true));
		this.ground.touchZoomRotate.disableRotation();
		this.ground.addControl(new NavigationControl({ showCompass: false }), "bottom-right");
		this.ground.addControl(this.overlay);
		this.endGrid = followGrid(this.ground, market, () => this.viewport());
	}

	/** Lay this ground under the layers, instead of the one before. What reads tiles is loaded when one has some. */
	lay(ground: StyleSpecification): void {
		this.wanted = ground;
		this.drawn(false);
		if (!hasTiles(ground)) this.ground.setStyle(ground, { diff: false });
		else void import("./tiles").then(() => this.wanted === ground && this.ground.setStyle(ground, { diff: false }));
	}

	/** Show these layers, and no others. */
	show(layers: LayersList): void {
		this.overlay.setProps({ layers });
	}

	/** Bring all of these places into view, with a margin in pixels. */
	fit(places: readonly Place[], margin: number): void {
		this.ground.fitBounds(boundsOf(places), { padding: margin, maxZoom: LARGEST_ZOOM, duration: MOVES_FOR_MS });
	}

	/** Call `clicked` with what lies under a click, or null. */
	onClick(clicked: (picked: PickingInfo | null) => void): void {
		this.overlay.setProps({ onClick: (info: PickingInfo) => clicked(info.picked ? info : null) });
	}

	private drawn(all: boolean): void {
		this.ground.getContainer().dataset.drawn = String(all);
	}

	/** Keys are for the ground: a stop of the keyboard on the layers' canvas would do nothing. */
	private pass(): void {
		this.overlay.getCanvas()?.setAttribute("tabindex", "-1");
	}

	viewport(): Viewport {
		const bounds = this.ground.getBounds();
		return {
			south: bounds.getSouth(),
			west: bounds.getWest(),
			north: bounds.getNorth(),
			east: bounds.getEast(),
		};
	}

	remove(): void {
		this.wanted = null;
		this.endGrid();
		this.ground.remove();
	}
}
