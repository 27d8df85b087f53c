import { Notice } from "../design/Notice";
import { clock } from "../words/format";
import type { Car } from "./trip";

/** Says that the car may be somewhere else than it is shown. */
export function StalePosition({ car, timeZone }: { car: Car; timeZone: string }) {
	return (
		<Notice kind="warning">
			No news of the car since {clock(car.heardMs, timeZone)}. It is shown in grey where it was last seen.
		</Notice>
	);
}
