import type { Market } from "../api/config";
import { clockWithSeconds } from "../words/format";
import type { City } from "./city";
import type { Selection } from "./selection";
import { useCity } from "./useCity";
import { event, short } from "./words";

interface Props {
	city: City;
	market: Market;
	choose: (selection: Selection) => void;
}

/** The events of the market, the newest first. */
export function TimeLine({ city, market, choose }: Props) {
	const { happened } = useCity(city);
	if (happened.length === 0) return <p className="quiet">Nothing has happened yet.</p>;
	return (
		<ol className="rows time-line">
			{happened.map((each) => (
				<li key={`${each.trip_id} ${each.event} ${each.at}`}>
					<button type="button" className="row" onClick={() => choose({ kind: "trip", id: each.trip_id })}>
						<time className="figure quiet" dateTime={each.at}>
							{clockWithSeconds(each.at, market.time_zone)}
						</time>
						<span>{event(each.event)}</span>
						<span className="figure quiet">{short(each.trip_id)}</span>
					</button>
				</li>
			))}
		</ol>
	);
}
