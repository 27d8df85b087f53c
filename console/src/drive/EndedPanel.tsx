import type { Schemas } from "../api/rest";
import { usePerson } from "../app/person";
import { Button } from "../design/Button";
import { Notice } from "../design/Notice";
import { FareLines } from "../trips/FareLines";
import { RateTrip } from "../trips/RateTrip";
import { type Receipt, useReceipt } from "../trips/receipt";
import { distance, duration, money } from "../words/format";
import { useDriver } from "./driver";
import { ofEnd } from "./sentences";
import type { Ended } from "./shift";
import "./trip.css";

/** The end of a trip: the fare, a rating of the rider, or why it ended. */
export function EndedPanel({ ended }: { ended: Ended }) {
	const { app } = useDriver();
	const { rest } = usePerson();
	const isCharged = ended.state === "paid" || ended.feeMinor > 0;
	const receipt = useReceipt(rest, isCharged ? ended.id : null) ?? null;
	return (
		<div className="drive-panel" data-ended={ended.state ?? ended.how}>
			<h2>{ofEnd(ended).replace(/\.$/, "")}</h2>
			{ended.how === "completed" ? <Earned ended={ended} receipt={receipt} /> : null}
			{ended.how === "cancelled" ? <Fee ended={ended} receipt={receipt} /> : null}
			{ended.how === "completed" ? <RateTrip tripId={ended.id} question="How was the rider?" /> : null}
			<Button wide onClick={() => app.trip.dismiss()}>
				Done
			</Button>
		</div>
	);
}

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
			<FareLines breakdown={receipt.breakdown} />
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

const REASONS: Record<Schemas["FareReasons"]["because"], string> = {
	path_not_known: "Some of the way is not known, so the quote counts.",
	route_kept: "The fare is that of the way you drove.",
	quote_is_the_cap: "The quote is the highest fare, so it counts.",
	another_route: "The way differs from the quoted one, so the fare is that of the way you drove.",
};
