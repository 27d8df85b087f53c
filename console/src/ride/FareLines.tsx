import type { Schemas } from "../api/rest";
import { LINES, money } from "./words";

/** The lines of an amount that are not zero, and their sum. */
export function FareLines({ breakdown }: { breakdown: Schemas["FareBreakdown"] }) {
	const { currency, lines, total_minor } = breakdown;
	return (
		<dl className="fare-lines">
			{lines
				.filter((line) => line.amount_minor !== 0)
				.map((line) => (
					<div key={line.kind}>
						<dt>{LINES[line.kind]}</dt>
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
