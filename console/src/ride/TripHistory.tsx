import { useCallback, useEffect, useState } from "react";
import type { Market } from "../api/config";
import { usePerson } from "../app/person";
import { Refusal, useSending } from "../app/sending";
import { Button } from "../design/Button";
import { Dialog } from "../design/Dialog";
import { Icon } from "../design/Icon";
import type { Names } from "../map/names";
import { useReceipt } from "../trips/receipt";
import type { TripState, TripView } from "../trips/states";
import { dayAndClock, money } from "../words/format";
import { placeName } from "./places";
import { ReceiptLines } from "./ReceiptLines";
import { unpaid } from "./words";

interface Props {
	market: Market;
	names: Names;
	close: () => void;
}

const OUTCOMES: Record<TripState, string> = {
	requested: "Now",
	matching: "Now",
	driver_assigned: "Now",
	driver_arrived: "Now",
	in_progress: "Now",
	completed: "Being paid",
	paid: "Paid",
	payment_failed: "Not paid",
	no_driver_found: "No driver found",
	cancelled: "Cancelled",
};

/** The rider's trips, newest first; a tap shows the receipt. */
export function TripHistory({ market, names, close }: Props) {
	const { rest } = usePerson();
	const [trips, setTrips] = useState<readonly TripView[] | null>(null);
	const [cursor, setCursor] = useState<string | null>(null);
	const [shown, setShown] = useState<TripView | null>(null);
	const sending = useSending();
	const { send } = sending;
	const more = useCallback(
		(after: string | null) =>
			void send(async () => {
				const { data } = await rest.GET("/v1/trips", { params: { query: { limit: 20, cursor: after } } });
				if (!data) return;
				setTrips((before) => [...(after ? (before ?? []) : []), ...data.trips]);
				setCursor(data.next_cursor);
			}),
		[rest, send],
	);
	useEffect(() => more(null), [more]);
	if (shown)
		return (
			<Dialog title={dayAndClock(shown.requested_at, market.time_zone)} close={close}>
				<div className="back">
					<Button kind="bare" onClick={() => setShown(null)}>
						<Icon name="back" /> All trips
					</Button>
				</div>
				<PastTrip trip={shown} names={names} market={market} />
			</Dialog>
		);
	return (
		<Dialog title="Trips" close={close}>
			<Refusal sending={sending} />
			{!trips && !sending.refusal ? <p className="quiet">Looking for your trips…</p> : null}
			{trips?.length === 0 ? <p className="quiet">You have not ridden yet.</p> : null}
			<ul className="trips">
				{trips?.map((trip) => (
					<li key={trip.id}>
						<button type="button" onClick={() => setShown(trip)}>
							<span className="trip-way">
								{placeName(names, trip.pickup)} to {placeName(names, trip.dropoff)}
							</span>
							<span className="trip-amount figure">{amountOf(trip)}</span>
							<span className="quiet">
								{dayAndClock(trip.requested_at, market.time_zone)} · {OUTCOMES[trip.state]}
							</span>
						</button>
					</li>
				))}
			</ul>
			{cursor ? (
				<Button wide busy={sending.busy} onClick={() => more(cursor)}>
					Older trips
				</Button>
			) : null}
		</Dialog>
	);
}

function PastTrip({ trip, names, market }: { trip: TripView; names: Names; market: Market }) {
	const { rest } = usePerson();
	const charged = trip.state === "paid" || trip.cancellation_fee_minor > 0;
	return (
		<>
			<ol className="past-ends">
				<li data-end="pickup">{placeName(names, trip.pickup)}</li>
				<li data-end="dropoff">{placeName(names, trip.dropoff)}</li>
			</ol>
			<p>
				{OUTCOMES[trip.state]}
				{trip.vehicle
					? `, ${trip.vehicle.colour} ${trip.vehicle.make} ${trip.vehicle.model}, ${trip.vehicle.plate}`
					: null}
			</p>
			{charged ? <PastReceipt trip={trip} rest={rest} market={market} /> : <p className="quiet">{unpaid(trip)}</p>}
		</>
	);
}

function PastReceipt({
	trip,
	rest,
	market,
}: {
	trip: TripView;
	rest: Parameters<typeof useReceipt>[0];
	market: Market;
}) {
	const receipt = useReceipt(rest, trip.id);
	if (receipt === undefined) return <p className="quiet">Looking for the receipt…</p>;
	if (receipt === null) return <p className="quiet">There is no receipt yet.</p>;
	return <ReceiptLines receipt={receipt} trip={trip} timeZone={market.time_zone} />;
}

function amountOf(trip: TripView): string {
	if (trip.final_amount_minor !== null) return money(trip.final_amount_minor, trip.currency);
	if (trip.cancellation_fee_minor > 0) return money(trip.cancellation_fee_minor, trip.currency);
	return "–";
}
