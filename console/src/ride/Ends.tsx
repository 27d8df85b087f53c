import { Button } from "../design/Button";
import { Icon } from "../design/Icon";
import type { Names } from "../map/names";
import { placeName } from "./places";
import type { End, Plan, Step } from "./plan";

interface Props {
	plan: Plan;
	step: (step: Step) => void;
	names: Names;
}

/** Pickup and dropoff; a tap chooses the one that the map sets. */
export function Ends({ plan, step, names }: Props) {
	return (
		<div className="ends">
			<EndRow end="pickup" label="Pickup" empty="Where do you start?" plan={plan} step={step} names={names} />
			<EndRow end="dropoff" label="Dropoff" empty="Where do you go?" plan={plan} step={step} names={names} />
			{plan.pickup && plan.dropoff ? (
				<Button kind="bare" aria-label="Swap pickup and dropoff" onClick={() => step({ type: "swap" })}>
					<Icon name="swap" />
				</Button>
			) : null}
		</div>
	);
}

function EndRow({ end, label, empty, plan, step, names }: Props & { end: End; label: string; empty: string }) {
	const point = plan[end];
	return (
		<button
			type="button"
			className="end"
			data-end={end}
			aria-pressed={plan.choosing === end}
			onClick={() => step({ type: "choose", end })}
		>
			<span className="end-sign" aria-hidden="true" />
			<span className="end-label">{label}</span>
			{point ? (
				<span className="end-place">{placeName(names, point)}</span>
			) : (
				<span className="end-place quiet">{empty}</span>
			)}
		</button>
	);
}
