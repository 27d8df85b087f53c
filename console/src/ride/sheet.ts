/** The sheet over the map: what it covers, so that the map's middle is what is visible. */

import { useEffect, useRef, useState } from "react";
import type { Covered } from "./RideMap";

const WIDE = "(min-width: 48rem)";
const NONE: Covered = { top: 0, right: 0, bottom: 0, left: 0 };
const BAR_PX = 56;

export function useCovered() {
	const sheet = useRef<HTMLElement>(null);
	const [covered, setCovered] = useState<Covered>(NONE);
	useEffect(() => {
		const element = sheet.current;
		if (!element) return;
		const measure = () => {
			const { height, right } = element.getBoundingClientRect();
			const next = matchMedia(WIDE).matches
				? { ...NONE, left: Math.round(right) }
				: { ...NONE, top: BAR_PX, bottom: Math.round(height) };
			setCovered((before) => (same(before, next) ? before : next));
			const root = element.parentElement;
			root?.style.setProperty("--covered-bottom", `${next.bottom}px`);
			root?.style.setProperty("--covered-left", `${next.left}px`);
			root?.style.setProperty("--covered-top", `${next.top}px`);
		};
		measure();
		const observer = new ResizeObserver(measure);
		observer.observe(element);
		addEventListener("resize", measure);
		return () => {
			observer.disconnect();
			removeEventListener("resize", measure);
		};
	}, []);
	return { sheet, covered };
}

/** After a change, a focus that was on what is gone goes to the heading: keyboards and screen readers go on from there. */
export function useHeading(sheet: { current: HTMLElement | null }, said: string): void {
	const before = useRef("");
	useEffect(() => {
		const isFirst = before.current === "";
		before.current = said;
		const heading = sheet.current?.querySelector("h1");
		if (isFirst || !heading || document.activeElement !== document.body) return;
		heading.tabIndex = -1;
		heading.focus({ preventScroll: true });
	}, [sheet, said]);
}

function same(one: Covered, other: Covered): boolean {
	return one.left === other.left && one.bottom === other.bottom && one.top === other.top;
}
