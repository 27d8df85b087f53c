import { useEffect, useState } from "react";

/** The time in milliseconds since the epoch, read again every `everyMs`. */
export function useNow(everyMs = 1000): number {
	const [now, setNow] = useState(Date.now);
	useEffect(() => {
		const timer = setInterval(() => setNow(Date.now()), everyMs);
		return () => clearInterval(timer);
	}, [everyMs]);
	return now;
}
