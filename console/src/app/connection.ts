import { useEffect, useState, useSyncExternalStore } from "react";
import type { Link } from "../api/live";
import { usePerson } from "./person";

/** Whether frames come at present. */
export function useLink(): Link {
	const { live } = usePerson();
	return useSyncExternalStore(live.onLink, live.link);
}

/** A page that was just loaded has no connection yet, and one that lost it is mostly back at once. */
const SAID_AFTER_MS = 2_000;

/** Whether frames have not come for so long that people should know. */
export function useIsCutOff(): boolean {
	const isOpen = useLink() === "open";
	const [lasts, setLasts] = useState(false);
	useEffect(() => {
		setLasts(false);
		if (isOpen) return;
		const timer = setTimeout(() => setLasts(true), SAID_AFTER_MS);
		return () => clearTimeout(timer);
	}, [isOpen]);
	return lasts && !isOpen;
}
