import { type FormEvent, useEffect, useRef, useState } from "react";
import { useNow } from "../app/now";
import { Refusal, useSending } from "../app/sending";
import { Button } from "../design/Button";
import { Notice } from "../design/Notice";
import { distanceM } from "../map/place";
import { clock, distance, duration, elapsed, money } from "../words/format";
import { left, seen } from "./car";
import { DrivingControls } from "./DrivingControls";
import { useDriver, useKnown } from "./driver";
import { HandBack } from "./HandBack";
import { type Trip, target } from "./shift";
import { gridOf, secondsOf, wayBetween } from "./way";
import "./trip.css";

/** A pickup within this distance is reached; the service judges by the phone's last positions. */
const THERE_M = 100;

/** The trip in hand, from the assignment to the dropoff. */
export function TripPanel({ trip }: { trip: Trip }) {
	return (
		<div className="drive-panel" data-trip={trip.state}>
			{trip.state === "driver_arrived" ? <AtPickup trip={trip} /> : <OnTheWay trip={trip} />}
			<NextTrip />
		</div>
	);
}

function OnTheWay({ trip }: { trip: Trip }) {
	const { app } = useDriver();
	const sending = useSending();
	const { forget } = sending;
	const rest = useRest();
	const toPickup = trip.state === "driver_assigned";
	const isThere = rest.straightM <= THERE_M;
	const drives = useKnown().car.drive !== null;
	// A refusal is about the place where the car was.
	useEffect(() => {
		if (drives || isThere) forget();
	}, [drives, isThere, forget]);
	const act = () => (toPickup ? app.trip.arrive(trip.id, isThere) : app.trip.complete(trip.id));
	return (
		<>
			<TripHead
				trip={trip}
				title={
					isThere
						? toPickup
							? "You are at the pickup"
							: "You are at the dropoff"
						: toPickup
							? "Pick up the rider"
							: "Drive to the dropoff"
				}
			/>
			{isThere ? null : (
				<p className="drive-rest figure">
					<strong>{duration(rest.seconds)}</strong>
					<span className="quiet">{distance(rest.metres)}</span>
				</p>
			)}
			<DrivingControls isThere={isThere} />
			<Refusal sending={sending} />
			<Button kind={isThere ? "main" : "plain"} wide busy={sending.busy} onClick={() => void sending.send(act)}>
				{toPickup ? "I have arrived" : "Complete ride"}
			</Button>
			{toPickup ? <HandBack trip={trip} /> : null}
		</>
	);
}

function AtPickup({ trip }: { trip: Trip }) {
	const { app } = useDriver();
	const sending = useSending();
	const now = useNow(1000);
	const [pin, setPin] = useState("");
	const input = useRef<HTMLInputElement>(null);
	useEffect(() => input.current?.focus(), []);
	useEffect(() => {
		if (sending.refusal) {
			setPin("");
			input.current?.focus();
		}
	}, [sending.refusal]);
	function submit(event: FormEvent) {
		event.preventDefault();
		void sending.send(() => app.trip.begin(trip.id, pin));
	}
	const arrivedAt = trip.view?.arrived_at;
	const problem = sending.of("pin") ?? sending.about("pin");
	return (
		<>
			<TripHead trip={trip} title="Ask the rider for their PIN" />
			{arrivedAt ? (
				<p className="quiet">
					Waiting for <span className="figure">{elapsed(now - Date.parse(arrivedAt))}</span> since your arrival
				</p>
			) : null}
			<form className="form" onSubmit={submit}>
				<div className="field drive-pin">
					<label htmlFor="drive-pin">PIN of four digits</label>
					<input
						ref={input}
						id="drive-pin"
						className="figure"
						value={pin}
						onChange={(event) => setPin(event.target.value.replace(/\D/g, "").slice(0, 4))}
						inputMode="numeric"
						autoComplete="off"
						pattern="[0-9]{4}"
						title="Four digits"
						required
						aria-invalid={problem ? true : undefined}
						aria-describedby={problem ? "drive-pin-problem" : undefined}
					/>
				</div>
				{problem ? (
					<div id="drive-pin-problem">
						<Notice kind="problem">{problem}</Notice>
					</div>
				) : null}
				<Button type="submit" kind="main" wide busy={sending.busy} disabled={pin.length < 4}>
					Start ride
				</Button>
			</form>
			<HandBack trip={trip} />
		</>
	);
}

function TripHead({ trip, title }: { trip: Trip; title: string }) {
	const { market } = useDriver();
	const { view } = trip;
	const product = market.products.find((each) => each.id === view?.product)?.name;
	return (
		<header className="drive-trip-head">
			<h2>{title}</h2>
			{view ? (
				<p className="quiet">
					{product ?? view.product}, <span className="figure">{money(view.quoted_amount_minor, view.currency)}</span>{" "}
					quoted
					{view.needs?.wheelchair_accessible ? ", wheelchair" : ""}
					{view.scheduled_for ? `, booked for ${clock(view.scheduled_for, market.time_zone)}` : ""}
				</p>
			) : null}
		</header>
	);
}

/** The trip that the driver promised to take next. */
function NextTrip() {
	const { market } = useDriver();
	const { next } = useKnown().shift;
	if (!next) return null;
	return (
		<aside className="drive-next">
			<h3>Your next trip</h3>
			<p>
				Its pickup is about {clock(next.pickup_at, market.time_zone)}. It is yours if you complete this ride by{" "}
				{clock(next.until, market.time_zone)}.
			</p>
		</aside>
	);
}

/** The distance and time that are left to the pickup or dropoff, along the way. */
function useRest(): { metres: number; seconds: number; straightM: number } {
	const { market } = useDriver();
	const { car, shift } = useKnown();
	const now = useNow(500);
	const to = target(shift);
	const { at } = seen(car, now);
	if (!to) return { metres: 0, seconds: 0, straightM: Number.POSITIVE_INFINITY };
	const straightM = distanceM(at, to);
	if (car.drive) return { ...left(car, now), straightM };
	const { lengthM } = wayBetween(at, to, gridOf(market.id));
	return { metres: lengthM, seconds: secondsOf(lengthM), straightM };
}
