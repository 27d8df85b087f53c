import type { ReactNode, RefObject } from "react";
import type { Market } from "../api/config";
import "./frame.css";

interface Props {
	market: Market;
	/** The element that the map is drawn in. */
	element: RefObject<HTMLDivElement | null>;
	loaded: boolean;
	failed: boolean;
	/** Attributes of that element with the numbers of things on the map; tests read them. */
	shown?: Record<`data-${string}`, string>;
	/** Stands over the map. */
	children?: ReactNode;
}

/** The place of a map in a page, with a sentence while there is none. */
export function MapFrame({ market, element, loaded, failed, shown, children }: Props) {
	return (
		<section className="map" aria-label={`Map of ${market.name}`}>
			<div ref={element} className="map-canvas" data-testid="map" {...shown} />
			{loaded ? null : (
				<p className="map-note quiet">
					{failed ? "The map cannot be shown. Everything else works without it." : "Loading the map"}
				</p>
			)}
			{children}
		</section>
	);
}

/** The middle of the visible part of the map. The page's CSS sets `--covered-left`, `-top` and `-bottom`. */
export function Crosshair({ kind }: { kind: "pickup" | "dropoff" }) {
	return <span className="crosshair" data-kind={kind} aria-hidden="true" />;
}
