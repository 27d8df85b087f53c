import { FareLines } from "../trips/FareLines";
import type { Receipt } from "../trips/receipt";
import type { TripView } from "../trips/states";
import { dayAndClock, distance, duration, money } from "../words/format";
import { because, brandOf } from "./words";

/** The amount with its lines, the card that paid, and the reason of the amount. */
export function ReceiptLines({ receipt, trip, timeZone }: { receipt: Receipt; trip: TripView; timeZone: string }) {
	const { reasons, currency } = receipt;
	const driven = trip.driven_distance_m !== null && trip.driven_duration_s !== null;
	return (
		<div className="receipt">
			<FareLines breakdown={receipt.breakdown} />
			<ul className="receipt-facts">
				{driven ? (
					<li className="figure">
						{distance(trip.driven_distance_m ?? 0)} in {duration(trip.driven_duration_s ?? 0)}
					</li>
				) : null}
				<Payment receipt={receipt} />
				<li className="figure">{dayAndClock(receipt.issued_at, timeZone)}</li>
			</ul>
			{receipt.kind === "cancellation_fee" ? <p className="quiet">This is the fee for a cancelled ride.</p> : null}
			{reasons ? <p className="quiet">{because(reasons, currency)}</p> : null}
		</div>
	);
}

/** What the card was charged, if that is not the amount: a small one waits for the next ride, which takes it along. */
function Payment({ receipt }: { receipt: Receipt }) {
	const { amount_minor, carried_minor, charged_minor, card, currency } = receipt;
	if (amount_minor > 0 && charged_minor === 0) {
		return <li>Too little for a charge: it will be charged with your next ride.</li>;
	}
	const name = card ? `${brandOf(card)} •••• ${card.last4}` : null;
	return (
		<>
			{name ? <li>Paid with {name}</li> : null}
			{carried_minor > 0 ? (
				<li className="figure">
					{money(charged_minor, currency)} were charged, with {money(carried_minor, currency)} of earlier rides
				</li>
			) : null}
		</>
	);
}
