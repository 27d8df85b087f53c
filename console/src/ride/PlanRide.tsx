import { useMemo } from "react";
import type { Market } from "../api/config";
import { ProblemError, told } from "../api/problem";
import { usePerson } from "../app/person";
import { useSending } from "../app/sending";
import { Button } from "../design/Button";
import { Icon } from "../design/Icon";
import { Notice } from "../design/Notice";
import type { Names } from "../map/names";
import { duration, money } from "../words/format";
import { ChoosePlace } from "./ChoosePlace";
import type { Cards } from "./cards";
import type { CurrentRide } from "./current";
import { Ends } from "./Ends";
import type { NearbyCar } from "./nearby";
import { ProductChoice } from "./ProductChoice";
import type { Plan, Step } from "./plan";
import { pauseMs, useQuotes } from "./quotes";
import type { MapHand } from "./RideMap";
import { brandOf } from "./words";

interface Props {
	market: Market;
	plan: Plan;
	step: (step: Step) => void;
	hand: MapHand | null;
	names: Names;
	free: readonly NearbyCar[];
	cards: Cards;
	current: CurrentRide;
	openCards: () => void;
}

/** From where to where, for how much, and the request. */
export function PlanRide({ market, plan, step, hand, names, free, cards, current, openCards }: Props) {
	const { rest } = usePerson();
	const products = useMemo(() => market.products.map((product) => product.id), [market]);
	const prices = useQuotes(rest, plan.pickup, plan.dropoff, products);
	const sending = useSending();
	const quote = prices.quotes.get(plan.product);
	const isPriced = plan.pickup && plan.dropoff && !plan.choosing;
	const request = () =>
		sending.send(async () => {
			if (!quote) return;
			try {
				await current.request(quote);
			} catch (error) {
				if (isExpired(error)) prices.renew();
				if (error instanceof ProblemError && error.code === "payment_method_required") await cards.refresh();
				throw error;
			}
		});
	return (
		<div className="plan">
			<h1>{isPriced ? "Choose your ride" : "Where to?"}</h1>
			<Ends plan={plan} step={step} names={names} />
			{plan.choosing ? <ChoosePlace end={plan.choosing} step={step} hand={hand} plan={plan} names={names} /> : null}
			{isPriced ? (
				<>
					{prices.refusal ? <Notice kind="problem">{refusalOf(prices.refusal)}</Notice> : null}
					{prices.refusal ? null : (
						<ProductChoice
							products={market.products}
							quotes={prices.quotes}
							chosen={plan.product}
							choose={(product) => step({ type: "product", product })}
						/>
					)}
					<p className="nearest quiet" aria-live="polite">
						{free[0] ? `The nearest free car is ${duration(free[0].eta_s)} away.` : null}
						{prices.changed ? " The price was renewed." : null}
					</p>
					<div className="request">
						{sending.refusal ? (
							<Notice kind="problem">
								{isExpired(sending.refusal) ? "The price had expired. Here is the new one." : told(sending.refusal)}
							</Notice>
						) : null}
						<Payer cards={cards} open={openCards} />
						{cards.cards?.length === 0 ? (
							<Button kind="main" wide onClick={openCards}>
								Add a card to ride
							</Button>
						) : (
							<Button kind="main" wide disabled={!quote} busy={sending.busy} onClick={() => void request()}>
								{quote ? `Request for ${money(quote.amount_minor, quote.currency)}` : "Request"}
							</Button>
						)}
					</div>
				</>
			) : null}
		</div>
	);
}

function Payer({ cards, open }: { cards: Cards; open: () => void }) {
	const { payer } = cards;
	if (cards.cards?.length === 0)
		return <p className="quiet">A ride is paid by card. Your card is charged after the ride.</p>;
	return (
		<button type="button" className="payer" onClick={open}>
			<Icon name="card" />
			<span>{payer ? `${brandOf(payer)} •••• ${payer.last4}` : "Card"}</span>
			<span className="change">Cards</span>
		</button>
	);
}

function isExpired(error: unknown): boolean {
	return error instanceof ProblemError && (error.code === "quote_expired" || error.code === "quote_not_found");
}

/** A place without service has a reason of its own, such as that of a blackout area. */
function refusalOf(refusal: unknown): string {
	if (!(refusal instanceof ProblemError)) return told(refusal);
	const { reason } = refusal.problem as { reason?: string };
	const sentence = reason ?? refusal.problem.errors?.[0]?.detail ?? refusal.problem.detail;
	return pauseMs(refusal) === null ? sentence : `${sentence} The prices are asked for again in a moment.`;
}
