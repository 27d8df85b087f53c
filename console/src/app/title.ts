import { useEffect } from "react";

/**
 * Names the browser's tab: people who have several pages open tell them apart by it. Null leaves it as it is.
 *
 * It may say who drives, so it goes with its page.
 */
export function useTitle(title: string | null): void {
	useEffect(() => {
		if (title === null) return;
		document.title = `${title} · ${PRODUCT}`;
		return () => {
			document.title = PRODUCT;
		};
	}, [title]);
}

const PRODUCT = "RideFlow";
