import { Notice } from "../design/Notice";
import { useNow } from "./time";
import type { Car } from "./trip";
import { minutes } from "./words";

/** Says that the car may be somewhere else than it is shown. */
export function StalePosition({ car, name }: { car: Car; name: string }) {
	const now = useNow(true);
	const seconds = Math.max(0, Math.round((now - car.heard_ms) / 10_000) * 10);
	const since = seconds < 60 ? `${seconds} seconds` : minutes(seconds);
	return (
		<Notice kind="warning">
			{name}'s phone has not told where the car is for {since}. The grey car is where it was last seen.
		</Notice>
	);
}
