import { type KeyboardEvent, useEffect, useId, useRef } from "react";
import { useNow } from "../app/now";
import { Button } from "../design/Button";
import { Icon } from "../design/Icon";
import { clock, distance, duration, money } from "../words/format";
import { useDriver, useKnown } from "./driver";
import type { Offer } from "./shift";
import { gridOf, secondsOf, wayBetween } from "./way";
import "./offer.css";

/** A trip that the driver may take, with the seconds that are left. A and D answer while the card has the focus. */
export function OfferCard({ offer }: { offer: Offer }) {
	const { app, market } = useDriver();
	const { answering } = useKnown();
	const title = useId();
	const card = useRef<HTMLElement>(null);
	useEffect(() => {
		if (!isWriting()) card.current?.focus();
	}, []);
	const busy = answering.includes(offer.trip_id);
	function answer(event: KeyboardEvent) {
		if (event.repeat) return; // a key that is held down answers one offer, not the next one too
		if (event.ctrlKey || event.metaKey || event.altKey) return;
		const key = event.key.toLowerCase();
		if (key === "a") void app.offers.accept(offer.trip_id);
		else if (key === "d") void app.offers.decline(offer.trip_id);
		else return;
		event.preventDefault();
	}
	const ride = wayBetween(offer.pickup, offer.dropoff, gridOf(market.id)).lengthM;
	const product = market.products.find((each) => each.id === offer.product)?.name ?? offer.product;
	return (
		<section className="drive-offer" aria-labelledby={title} tabIndex={-1} ref={card} onKeyDown={answer}>
			<header>
				<div>
					<h2 id={title}>{offer.after_trip ? "Your next trip?" : "A trip for you"}</h2>
					<p className="drive-fare figure">{money(offer.fare.amount_minor, offer.fare.currency)}</p>
					<p className="quiet">{product}, as quoted to the rider</p>
				</div>
				<Countdown offer={offer} />
			</header>
			<ul className="drive-legs">
				<li data-leg="pickup">
					<Icon name="person" />
					<strong>
						{distance(offer.pickup_distance_m)} {offer.after_trip ? "from your dropoff" : "to the pickup"}
					</strong>
					<span className="quiet">
						{offer.after_trip ? "in " : ""}
						{duration(offer.pickup_eta_s)}
					</span>
				</li>
				<li data-leg="dropoff">
					<Icon name="flag" />
					<strong>About {distance(ride)} to the dropoff</strong>
					<span className="quiet">{duration(secondsOf(ride))}</span>
				</li>
			</ul>
			{offer.wheelchair ? <p className="drive-note">The rider comes in a wheelchair.</p> : null}
			{offer.scheduled_for ? (
				<p className="drive-note">
					Booked for {clock(offer.scheduled_for, market.time_zone)}. Waiting before that time is not paid.
				</p>
			) : null}
			<div className="drive-answers">
				<Button onClick={() => void app.offers.decline(offer.trip_id)} disabled={busy} aria-keyshortcuts="D">
					Decline
				</Button>
				<Button kind="main" onClick={() => void app.offers.accept(offer.trip_id)} busy={busy} aria-keyshortcuts="A">
					Accept
				</Button>
			</div>
			<p className="drive-keys quiet">
				<kbd>A</kbd> accepts, <kbd>D</kbd> declines
			</p>
		</section>
	);
}

const ROUND = 2 * Math.PI * 26;

function Countdown({ offer }: { offer: Offer }) {
	const now = useNow(100);
	const leftMs = Math.max(0, offer.until - now);
	const share = leftMs / offer.livesMs;
	const seconds = Math.ceil(leftMs / 1000);
	return (
		<div
			className="drive-countdown"
			data-late={seconds <= 5 || undefined}
			role="timer"
			aria-label={`${seconds} seconds left`}
		>
			<svg viewBox="0 0 60 60" aria-hidden="true" focusable="false">
				<circle cx="30" cy="30" r="26" className="round" />
				<circle
					cx="30"
					cy="30"
					r="26"
					className="left"
					strokeDasharray={ROUND}
					strokeDashoffset={ROUND * (1 - share)}
					transform="rotate(-90 30 30)"
				/>
			</svg>
			<span className="figure" aria-hidden="true">
				{seconds}
			</span>
		</div>
	);
}

/** A driver who types a PIN keeps the focus there; the live region announces the offer. */
function isWriting(): boolean {
	return document.activeElement instanceof HTMLInputElement;
}
