import { count } from "../words/format";
import type { City } from "./city";
import { useCity } from "./useCity";
import { CAR_STATES, STATES } from "./words";

/** How many cars, requests and trips the market has now. */
export function Counters({ city }: { city: City }) {
	const { counts, outside } = useCity(city);
	const notHere = [
		outside.drivers > 0 && count(outside.drivers, "car"),
		outside.requests > 0 && count(outside.requests, "rider"),
		outside.trips > 0 && count(outside.trips, "trip"),
	].filter((each) => each !== false);
	return (
		<>
			<dl className="counters">
				{CAR_STATES.map((state) => (
					<div key={state}>
						<dt>
							<span className="mark" data-state={state} /> {STATES[state]}
						</dt>
						<dd className="figure">{counts[state]}</dd>
					</div>
				))}
				<div>
					<dt>
						<span className="mark" data-state="waiting" /> Riders waiting
					</dt>
					<dd className="figure">{counts.waiting}</dd>
				</div>
				<div>
					<dt>Trips</dt>
					<dd className="figure">{counts.trips}</dd>
				</div>
			</dl>
			{notHere.length > 0 ? <p className="quiet outside">Not on this map: {notHere.join(", ")}</p> : null}
		</>
	);
}
