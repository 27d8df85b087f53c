import { FareLines } from "../trips/FareLines";
import type { Receipt } from "../trips/receipt";
import type { TripView } from "../trips/states";
import { dayAndClock, distance, duration } from "../words/format";
import { because, brandOf } from "./words";

/** The amount with its lines, the card that paid, and the reason of the amount. */
export function ReceiptLines({ receipt, trip, timeZone }: { receipt: Receipt; trip: TripView; timeZone: string }) {
	const { reasons, card, currency } = receipt;
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
				{card ? (
					<li>
						Paid with {brandOf(card)} •••• {card.last4}
					</li>
				) : null}
				<li className="figure">{dayAndClock(receipt.issued_at, timeZone)}</li>
			</ul>
			{receipt.kind === "cancellation_fee" ? <p className="quiet">This is the fee for a cancelled ride.</p> : null}
			{reasons ? <p className="quiet">{because(reasons, currency)}</p> : null}
		</div>
	);
}
