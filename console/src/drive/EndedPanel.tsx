import { useState } from "react";
import { ProblemError } from "../api/problem";
import type { Schemas } from "../api/rest";
import { useSending } from "../app/sending";
import { Button } from "../design/Button";
import { Notice } from "../design/Notice";
import { useDriver, useKnown } from "./driver";
import { distance, duration, money } from "./format";
import { Star } from "./icons";
import { ofEnd } from "./sentences";
import type { Ended } from "./shift";
import "./trip.css";

/** What became of the trip: the fare, a rating of the rider, or why it ended. */
export function EndedPanel({ ended }: { ended: Ended }) {
	const { app } = useDriver();
	const { receipt } = useKnown();
	return (
		<div className="drive-panel" data-ended={ended.state ?? ended.how}>
			<h2>{ofEnd(ended).replace(/\.$/, "")}</h2>
			{ended.how === "completed" ? <Earned ended={ended} receipt={receipt} /> : null}
			{ended.how === "cancelled" ? <Fee ended={ended} receipt={receipt} /> : null}
			{ended.how === "completed" ? <Rating tripId={ended.id} /> : null}
			<Button kind="main" wide onClick={() => app.dismiss()}>
				Done
			</Button>
		</div>
	);
}

type Receipt = Schemas["ReceiptView"];

function Earned({ ended, receipt }: { ended: Ended; receipt: Receipt | null }) {
	if (ended.state === "payment_failed") {
		return <Notice kind="warning">The rider's card was declined. The ride counts in your day once it is paid.</Notice>;
	}
	if (!receipt) {
		return (
			<p className="drive-settling" role="status">
				The fare is being settled…
			</p>
		);
	}
	const { reasons } = receipt;
	return (
		<>
			<p className="drive-sum figure">{money(receipt.amount_minor, receipt.currency)}</p>
			<Lines receipt={receipt} />
			{reasons ? (
				<p className="quiet">
					{reasons.driven_distance_m != null && reasons.driven_duration_s != null
						? `${distance(reasons.driven_distance_m)} in ${duration(reasons.driven_duration_s)}. `
						: ""}
					{REASONS[reasons.because]}
				</p>
			) : null}
			<p className="quiet">The rider has paid this fare. Your payout is your share of it.</p>
		</>
	);
}

function Fee({ ended, receipt }: { ended: Ended; receipt: Receipt | null }) {
	const currency = receipt?.currency ?? ended.view?.currency;
	if (ended.feeMinor === 0 || !currency) return <p className="quiet">No fee is charged for this trip.</p>;
	return (
		<>
			<p className="drive-sum figure">{money(ended.feeMinor, currency)}</p>
			<p className="quiet">The rider pays this fee. Your payout is your share of it.</p>
		</>
	);
}

function Lines({ receipt }: { receipt: Receipt }) {
	const lines = receipt.breakdown.lines.filter((line) => line.amount_minor !== 0);
	return (
		<dl className="drive-lines figure">
			{lines.map((line) => (
				<div key={line.kind}>
					<dt>{LINES[line.kind]}</dt>
					<dd>{money(line.amount_minor, receipt.currency)}</dd>
				</div>
			))}
		</dl>
	);
}

/** One to five stars for the rider, once. */
function Rating({ tripId }: { tripId: string }) {
	const { app } = useDriver();
	const sending = useSending();
	const [stars, setStars] = useState(0);
	const [rated, setRated] = useState(false);
	async function rate(number: number) {
		setStars(number);
		try {
			await app.rate(tripId, number);
		} catch (error) {
			if (!(error instanceof ProblemError && error.code === "trip_already_rated")) {
				setStars(0);
				throw error;
			}
		}
		setRated(true);
	}
	return (
		<div className="drive-rating">
			<fieldset className="drive-stars" disabled={rated || sending.busy}>
				<legend>How was the rider?</legend>
				{[1, 2, 3, 4, 5].map((number) => (
					<button
						key={number}
						type="button"
						aria-label={number === 1 ? "1 star" : `${number} stars`}
						aria-pressed={stars === number}
						data-lit={number <= stars || undefined}
						onClick={() => void sending.send(() => rate(number))}
					>
						<Star />
					</button>
				))}
			</fieldset>
			<p className="quiet" role="status">
				{rated ? "Thank you." : ""}
			</p>
			{sending.about() ? <Notice kind="problem">{sending.about()}</Notice> : null}
		</div>
	);
}

const LINES: Record<Schemas["FareLine"]["kind"], string> = {
	base: "Base fare",
	distance: "Distance",
	time: "Time",
	waiting: "Waiting",
	surge: "High demand",
	tolls: "Tolls",
	fees: "Fees",
	discount: "Discount",
	tax: "Tax",
	tip: "Tip",
};

const REASONS: Record<Schemas["FareReasons"]["because"], string> = {
	path_not_known: "Some of the way is not known, so the quote counts.",
	route_kept: "The fare is that of the way you drove.",
	quote_is_the_cap: "The quote is the highest fare, so it counts.",
	another_route: "The way differs from the quoted one, so the fare is that of the way you drove.",
};
