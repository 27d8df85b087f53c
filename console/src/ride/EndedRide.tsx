import { Button } from "../design/Button";
import type { TripView } from "../trips/states";
import { money } from "../words/format";
import type { TripProps } from "./TripSheet";
import { saying } from "./words";

/** A ride that was cancelled, found no driver or was not paid: the reason, the cost, and the next steps. */
export function EndedRide({ ride, again, newRide, openCards }: TripProps) {
	const { trip } = ride;
	const wasDeclined = ride.state === "payment_failed" || trip.cancel_reason === "card_declined";
	return (
		<div className="ended">
			<h1>{saying(ride)}</h1>
			<p>{reason(ride.state, trip)}</p>
			{ride.state === "cancelled" ? <p className="quiet">{charge(trip)}</p> : null}
			{ride.state === "payment_failed" ? null : (
				<Button kind="main" wide onClick={again}>
					{trip.cancelled_by === "rider" ? "Plan the same ride" : "Try again"}
				</Button>
			)}
			{wasDeclined ? (
				<Button wide onClick={openCards}>
					Look at your cards
				</Button>
			) : null}
			<Button wide onClick={newRide}>
				Plan another ride
			</Button>
		</div>
	);
}

function reason(state: string, trip: TripView): string {
	if (state === "no_driver_found") return "No driver near you took the ride. Nothing is charged.";
	if (state === "payment_failed") {
		const owed = money(trip.final_amount_minor ?? trip.quoted_amount_minor, trip.currency);
		return `You are at your destination, but your card was declined. You owe ${owed}.`;
	}
	if (trip.cancel_reason === "card_declined") return "Your card was declined, so no driver was asked.";
	if (trip.cancel_reason === "rider_no_show") return "The driver waited at the pickup, and you did not come.";
	if (trip.cancelled_by === "rider") return "You cancelled the ride.";
	return WHO[trip.cancelled_by ?? ""] ?? "The ride was cancelled.";
}

const WHO: Record<string, string> = {
	driver: "The driver cancelled the ride.",
	platform: "RideFlow had to cancel the ride.",
	system: "RideFlow had to cancel the ride.",
};

function charge(trip: TripView): string {
	if (trip.cancellation_fee_minor === 0) return "Nothing is charged.";
	return `The fee is ${money(trip.cancellation_fee_minor, trip.currency)}. You find its receipt under Trips.`;
}
