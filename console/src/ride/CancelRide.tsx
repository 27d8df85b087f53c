import { useState } from "react";
import type { Market } from "../api/config";
import { Refusal, useSending } from "../app/sending";
import { Button } from "../design/Button";
import { Dialog } from "../design/Dialog";
import { looksForDriver } from "../trips/states";
import { clock, money } from "../words/format";
import type { CurrentRide } from "./current";
import type { Ride } from "./trip";

interface Props {
	ride: Ride;
	current: CurrentRide;
	market: Market;
}

/** Cancels the ride, after it has said what that may cost. */
export function CancelRide({ ride, current, market }: Props) {
	const [asked, setAsked] = useState(false);
	const sending = useSending();
	return (
		<>
			<Button wide onClick={() => setAsked(true)}>
				Cancel the ride
			</Button>
			{asked ? (
				<Dialog title="Cancel the ride?" close={() => setAsked(false)}>
					<p>{price(ride, market)}</p>
					<Refusal sending={sending} />
					<Button kind="danger" wide busy={sending.busy} onClick={() => void sending.send(() => current.cancel())}>
						Cancel the ride
					</Button>
					<Button wide onClick={() => setAsked(false)}>
						Keep the ride
					</Button>
				</Dialog>
			) : null}
		</>
	);
}

/** The sentence about the cost of a cancellation, as far as it is known before. */
function price(ride: Ride, market: Market): string {
	if (looksForDriver(ride.state)) return "No driver has the ride yet, so it costs nothing.";
	const { cancellation } = market;
	const { assigned_at } = ride.trip;
	if (!assigned_at) return "It costs nothing soon after a driver took the ride. Later, a fee may be charged.";
	const fee = money(Math.min(cancellation.fee_minor, ride.trip.quoted_amount_minor), market.currency);
	const freeUntil = Date.parse(assigned_at) + cancellation.grace_s * 1000;
	if (Date.now() < freeUntil)
		return `It costs nothing until ${clock(freeUntil, market.time_zone)}. Later, it may cost ${fee}.`;
	return `It costs ${fee} if the driver has come nearer or is here; if not, it costs nothing.`;
}
