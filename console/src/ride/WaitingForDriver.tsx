import { useNow } from "../app/now";
import { Icon } from "../design/Icon";
import { Notice } from "../design/Notice";
import { clock, elapsed, money } from "../words/format";
import { CancelRide } from "./CancelRide";
import { placeName } from "./places";
import type { TripProps } from "./TripSheet";
import { saying } from "./words";

/** A driver is looked for: what has happened, and for how long it has been waited. */
export function WaitingForDriver({ ride, current, market, names }: TripProps) {
	const { trip, promised } = ride;
	const now = useNow();
	return (
		<div className="waiting">
			<div className="sheet-title">
				<h1>{saying(ride)}</h1>
				<p className="figure quiet" aria-hidden="true">
					{elapsed(now - Date.parse(trip.requested_at))}
				</p>
			</div>
			<div className="searching" aria-hidden="true">
				<span />
			</div>
			{promised ? (
				<Notice>
					A driver who drops off nearby comes to you next, at about {clock(promised.pickup_at, market.time_zone)}.
				</Notice>
			) : null}
			{ride.handed_back_at && !promised ? (
				<Notice>Your driver gave the ride back. You keep your price while another driver is looked for.</Notice>
			) : null}
			<ol className="steps">
				<li data-done="true">
					<Icon name="check" size={16} /> Requested at {clock(trip.requested_at, market.time_zone)}, from{" "}
					{placeName(names, trip.pickup)} to {placeName(names, trip.dropoff)}
				</li>
				<li data-done={ride.state === "matching"}>
					<Icon name={ride.state === "matching" ? "check" : "clock"} size={16} />
					{ride.state === "matching" ? "Your card is ready" : "Checking your card"} for{" "}
					{money(trip.quoted_amount_minor, trip.currency)}
				</li>
				<li data-done="false">
					<Icon name="clock" size={16} />{" "}
					{ride.state === "matching" ? "Drivers near you are being asked" : "Then drivers near you are asked"}
				</li>
			</ol>
			<CancelRide ride={ride} current={current} market={market} />
		</div>
	);
}
