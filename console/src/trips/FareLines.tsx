import type { Schemas } from "../api/rest";
import { money } from "../words/format";
import "./trips.css";

const NAMES: Record<Schemas["FareLine"]["kind"], string> = {
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

/** The lines of an amount that are not zero, and their sum. */
export function FareLines({ breakdown }: { breakdown: Schemas["FareBreakdown"] }) {
	const { currency, lines, total_minor } = breakdown;
	return (
		<dl className="fare-lines">
			{lines
				.filter((line) => line.amount_minor !== 0)
				.map((line) => (
					<div key={line.kind}>
						<dt>{NAMES[line.kind]}</dt>
						<dd className="figure">{money(line.amount_minor, currency)}</dd>
					</div>
				))}
			<div className="fare-total">
				<dt>Total</dt>
				<dd className="figure">{money(total_minor, currency)}</dd>
			</div>
		</dl>
	);
}
