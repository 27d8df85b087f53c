import { useState } from "react";
import { useDeployment } from "../app/Settings";
import { Refusal, useSending } from "../app/sending";
import { Button } from "../design/Button";
import { clock, money } from "../words/format";
import { confirmPayment, type PaymentAction } from "./bank";
import { CancelRide } from "./CancelRide";
import type { TripProps } from "./TripSheet";
import { saying } from "./words";

/** The rider's bank wants them before it holds the fare: no driver is asked before they have confirmed. */
export function ConfirmPayment({ ride, current, market, action }: TripProps & { action: PaymentAction }) {
	const { config } = useDeployment();
	const [confirmed, setConfirmed] = useState(false);
	const sending = useSending();
	const confirm = () =>
		sending.send(async () => {
			await confirmPayment(config, action);
			setConfirmed(true);
		});
	return (
		<div className="waiting">
			<h1>{saying(ride)}</h1>
			<p>
				Your bank wants you to confirm this payment of about {money(ride.trip.quoted_amount_minor, ride.trip.currency)}.
				Drivers are asked as soon as you have.
			</p>
			<p className="quiet">
				If it is not confirmed by {clock(action.until, market.time_zone)}, the ride is cancelled, and nothing is
				charged.
			</p>
			<Refusal sending={sending} />
			<Button kind="main" wide busy={sending.busy || confirmed} onClick={() => void confirm()}>
				{confirmed ? "Your bank has confirmed" : "Confirm with your bank"}
			</Button>
			<CancelRide ride={ride} current={current} market={market} />
		</div>
	);
}
