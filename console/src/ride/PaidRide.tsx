import { usePerson } from "../app/person";
import { Button } from "../design/Button";
import { RateTrip } from "../trips/RateTrip";
import { useReceipt } from "../trips/receipt";
import { money } from "../words/format";
import { ReceiptLines } from "./ReceiptLines";
import type { TripProps } from "./TripSheet";
import { saying } from "./words";

/** The receipt, and stars for the driver. */
export function PaidRide({ ride, market, newRide }: TripProps) {
	const { rest } = usePerson();
	const { trip } = ride;
	const receipt = useReceipt(rest, trip.id);
	const amount_minor = receipt?.amount_minor ?? trip.final_amount_minor;
	return (
		<div className="paid">
			<div className="sheet-title">
				<h1>{saying(ride)}</h1>
				{amount_minor !== null ? <p className="eta figure">{money(amount_minor, trip.currency)}</p> : null}
			</div>
			<RateTrip tripId={trip.id} question="How was your ride?" />
			{receipt ? <ReceiptLines receipt={receipt} trip={trip} timeZone={market.time_zone} /> : null}
			{receipt === undefined ? <p className="quiet">The receipt comes in a moment.</p> : null}
			{receipt === null ? <p className="quiet">The receipt is not there yet. You will find it under Trips.</p> : null}
			<Button wide onClick={newRide}>
				Done
			</Button>
		</div>
	);
}
