import { FareLines } from "./FareLines";
import type { Receipt } from "./receipt";
import type { TripView } from "./trip";
import { because, brandOf, day, kilometres, minutes } from "./words";

/** What was paid, with which card, and why it is this amount. */
export function ReceiptLines({ receipt, trip, time_zone }: { receipt: Receipt; trip: TripView; time_zone: string }) {
	const { reasons, card, currency } = receipt;
	const driven = trip.driven_distance_m !== null && trip.driven_duration_s !== null;
	return (
		<div className="receipt">
			<FareLines breakdown={receipt.breakdown} />
			<ul className="receipt-facts">
				{driven ? (
					<li className="figure">
						{kilometres(trip.driven_distance_m ?? 0)} in {minutes(trip.driven_duration_s ?? 0)}
					</li>
				) : null}
				{card ? (
					<li>
						Paid with {brandOf(card)} •••• {card.last4}
					</li>
				) : null}
				<li className="figure">{day(receipt.issued_at, time_zone)}</li>
			</ul>
			{receipt.kind === "cancellation_fee" ? <p className="quiet">This is the fee for a cancelled ride.</p> : null}
			{reasons ? <p className="quiet">{because(reasons, currency)}</p> : null}
		</div>
	);
}
