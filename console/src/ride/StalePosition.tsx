import { Notice } from "../design/Notice";
import type { Car } from "./trip";
import { clock } from "./words";

/** Says that the car may be somewhere else than it is shown. */
export function StalePosition({ car, time_zone }: { car: Car; time_zone: string }) {
	return (
		<Notice kind="warning">
			No news of the car since {clock(car.heard_ms, time_zone)}. It is shown in grey where it was last seen.
		</Notice>
	);
}
