import type { Market } from "../api/config";
import { useNow } from "../app/now";
import { elapsed } from "../words/format";
import type { City } from "./city";
import type { ShownRequest } from "./frames";
import type { Selection } from "./selection";
import { useCity } from "./useCity";
import { productOf } from "./words";

interface Props {
	city: City;
	market: Market;
	chosen: Selection | null;
	choose: (selection: Selection) => void;
}

const SHOWN = 50;
/** From here on a rider has waited long, and from there on too long; seconds. */
const LONG_S = 60;
const TOO_LONG_S = 180;

/** The riders who wait for a driver, the longest first. */
export function Waiting({ city, market, chosen, choose }: Props) {
	useCity(city);
	const now = useNow();
	const requests = [...city.requests.values()].sort(byAge);
	if (requests.length === 0) return <p className="quiet">Nobody waits on this map.</p>;
	return (
		<ol className="rows">
			{requests.slice(0, SHOWN).map((request) => (
				<li key={request.trip_id}>
					<button
						type="button"
						className="row"
						aria-pressed={chosen?.id === request.trip_id}
						onClick={() => choose({ kind: "request", id: request.trip_id })}
					>
						<span className="figure age" data-age={ageOf(request, now)}>
							{elapsed(now - Date.parse(request.requested_at))}
						</span>
						<span>{productOf(market, request.product)}</span>
						<span className="quiet">{request.offered ? "offered" : "open"}</span>
					</button>
				</li>
			))}
			{requests.length > SHOWN ? <li className="quiet">and {requests.length - SHOWN} more</li> : null}
		</ol>
	);
}

function byAge(one: ShownRequest, other: ShownRequest): number {
	return one.requested_at < other.requested_at ? -1 : 1;
}

function ageOf(request: ShownRequest, now: number): "new" | "long" | "too-long" {
	const seconds = (now - Date.parse(request.requested_at)) / 1000;
	if (seconds < LONG_S) return "new";
	return seconds < TOO_LONG_S ? "long" : "too-long";
}
