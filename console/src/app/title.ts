import { useEffect } from "react";

/** Names the browser's tab: people who have several pages open tell them apart by it. Null leaves it as it is. */
export function useTitle(title: string | null): void {
	useEffect(() => {
		if (title !== null) document.title = `${title} · ${PRODUCT}`;
	}, [title]);
}

const PRODUCT = "RideFlow";
