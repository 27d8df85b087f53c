import { useEffect, useState, useSyncExternalStore } from "react";
import { usePerson } from "../app/person";

/** A short interruption is not worth a word. */
const SAID_AFTER_MS = 1_500;

/** Says when no news come; silent while all is well. */
export function LinkState() {
	const { live } = usePerson();
	const link = useSyncExternalStore(live.onLink, live.link);
	const [late, setLate] = useState(false);
	useEffect(() => {
		setLate(false);
		if (link === "open") return;
		const timer = setTimeout(() => setLate(true), SAID_AFTER_MS);
		return () => clearTimeout(timer);
	}, [link === "open"]);
	return (
		<p className="link-chip" role="status" data-link={link} data-shown={late && link !== "open"}>
			{late && link !== "open" ? "No connection. Trying again…" : null}
		</p>
	);
}
