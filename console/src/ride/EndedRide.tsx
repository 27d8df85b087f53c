import { Button } from "../design/Button";
import { money } from "../words/format";
import type { TripProps } from "./TripSheet";
import { isBehind, type Ride } from "./trip";
import { owed, saying } from "./words";

/** A ride that was cancelled, found no driver or was not paid: the reason, the cost, and the next steps. */
export function EndedRide({ ride, again, newRide, openCards }: TripProps) {
	const { trip } = ride;
	const wasDeclined = ride.state === "payment_failed" || trip.cancel_reason === "card_declined";
	return (
		<div className="ended">
			<h1>{saying(ride)}</h1>
			<p>{reason(ride)}</p>
			{ride.state === "cancelled" ? <p className="quiet">{charge(ride)}</p> : null}
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

function reason(ride: Ride): string {
	const { state, trip } = ride;
	if (state === "no_driver_found") return "No driver near you took the ride. Nothing is charged.";
	if (state === "payment_failed") {
		const declined = "You are at your destination, but your card was declined.";
		return isBehind(ride) ? declined : `${declined} ${owed(trip)}`;
	}
	if (trip.cancel_reason === "card_declined") return "Your card was declined, so no driver was asked.";
	if (trip.cancel_reason === "payment_not_confirmed")
		return "Your bank wanted you to confirm the payment, and it was not confirmed in time. No driver was asked.";
	if (trip.cancel_reason === "payment_unavailable") return "The payment was not possible just now. Please try again.";
	if (trip.cancel_reason === "rider_no_show") return "The driver waited at the pickup, and you did not come.";
	if (trip.cancelled_by === "rider") return "You cancelled the ride.";
	return WHO[trip.cancelled_by ?? ""] ?? "The ride was cancelled.";
}

const WHO: Record<string, string> = {
	driver: "The driver cancelled the ride.",
	platform: "RideFlow had to cancel the ride.",
	system: "RideFlow had to cancel the ride.",
};

/** A frame tells that the ride was cancelled; the fee is known once the trip was read. */
function charge(ride: Ride): string {
	const { trip } = ride;
	if (isBehind(ride)) return "If there is a fee, it is shown in a moment.";
	if (trip.cancellation_fee_minor === 0) return "Nothing is charged.";
	return `The fee is ${money(trip.cancellation_fee_minor, trip.currency)}. You find its receipt under Trips.`;
}
