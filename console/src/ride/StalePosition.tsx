import { Notice } from "../design/Notice";
import { useNow } from "./time";
import type { Car } from "./trip";
import { minutes } from "./words";

/** Says that the car may be somewhere else than it is shown. */
export function StalePosition({ car }: { car: Car }) {
	const now = useNow(true);
	const seconds = Math.max(0, Math.round((now - car.heard_ms) / 10_000) * 10);
	const since = seconds < 60 ? `${seconds} seconds` : minutes(seconds);
	return <Notice kind="warning">No news of the car for {since}. It is shown in grey where it was last seen.</Notice>;
}
