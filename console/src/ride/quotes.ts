/** Prices of the planned ride, one for each product, renewed before they expire. */

import { useCallback, useEffect, useState } from "react";
import { ProblemError } from "../api/problem";
import type { Rest, Schemas } from "../api/rest";
import type { Place } from "../map/place";

export type Quote = Schemas["QuoteView"];

export interface Quotes {
	/** Prices by product. Those of the plan before are gone. */
	quotes: ReadonlyMap<string, Quote>;
	/** Why there are none; they are asked for again if that may help. */
	refusal: unknown;
	/** A price differs from the one shown before. */
	changed: boolean;
	/** Ask again now, such as after a refusal of an expired price. */
	renew: () => void;
}

/** Prices are renewed this long before they expire, so that a tap in time is in time at the service too. */
const EARLY_MS = 10_000;
const AGAIN_MS = 5_000;

const NONE: ReadonlyMap<string, Quote> = new Map();

interface Known extends Omit<Quotes, "renew"> {
	pickup: Place | null;
	dropoff: Place | null;
}

const UNKNOWN: Known = { quotes: NONE, refusal: null, changed: false, pickup: null, dropoff: null };

export function useQuotes(
	rest: Rest,
	pickup: Place | null,
	dropoff: Place | null,
	products: readonly string[],
): Quotes {
	const [last, setKnown] = useState(UNKNOWN);
	// A price of other places must not be shown, not even for the moment until the next one comes.
	const known = last.pickup === pickup && last.dropoff === dropoff ? last : UNKNOWN;
	const [asked, setAsked] = useState(0);
	const renew = useCallback(() => setAsked((times) => times + 1), []);

	// biome-ignore lint/correctness/useExhaustiveDependencies: `asked` asks again for the same
	useEffect(() => {
		if (!pickup || !dropoff) return;
		let timer = 0;
		const ended = new AbortController();
		const next = (waitMs: number) => {
			timer = window.setTimeout(renewed, waitMs);
		};
		const renewed = () => {
			if (!document.hidden) renew();
			else document.addEventListener("visibilitychange", renew, { once: true, signal: ended.signal });
		};
		askAll(rest, { pickup, dropoff }, products, ended.signal).then(
			(answers) => {
				if (ended.signal.aborted) return;
				const quotes = new Map(answers.map((quote) => [quote.product, quote]));
				setKnown((before) => {
					const isRenewed = before.pickup === pickup && before.dropoff === dropoff;
					const changed = isRenewed && differs(before.quotes, quotes);
					return { quotes, refusal: null, changed, pickup, dropoff };
				});
				next(renewInMs(answers));
			},
			(refusal) => {
				if (ended.signal.aborted) return;
				setKnown({ ...UNKNOWN, refusal, pickup, dropoff });
				const waitMs = pauseMs(refusal);
				if (waitMs !== null) next(waitMs);
			},
		);
		return () => {
			ended.abort();
			clearTimeout(timer);
		};
	}, [rest, pickup, dropoff, products, asked, renew]);

	const { quotes, refusal, changed } = known;
	return { quotes, refusal, changed, renew };
}

async function askAll(
	rest: Rest,
	places: { pickup: Place; dropoff: Place },
	products: readonly string[],
	signal: AbortSignal,
): Promise<Quote[]> {
	const asked = products.map(async (product) => {
		const { data } = await rest.POST("/v1/quotes", {
			params: { header: { "idempotency-key": crypto.randomUUID() } },
			body: { ...places, product, needs: { wheelchair_accessible: false } },
			signal,
		});
		return data;
	});
	const answers = await Promise.all(asked);
	return answers.filter((answer) => answer !== undefined);
}

/** When prices are asked for again that have just come: before the first of them expires. The service's clock counts. */
export function renewInMs(quotes: readonly Quote[]): number {
	const lives = quotes.map((quote) => Date.parse(quote.expires_at) - Date.parse(quote.created_at));
	return Math.max(AGAIN_MS, Math.min(...lives) - EARLY_MS);
}

/** How long to wait before asking again; null if the answer would be the same. */
export function pauseMs(refusal: unknown): number | null {
	if (!(refusal instanceof ProblemError)) return null;
	const { status, retry_after_s } = refusal.problem;
	if (retry_after_s) return retry_after_s * 1000;
	return status === 0 || status === 429 || status >= 500 ? AGAIN_MS : null;
}

/** Whether a price is another than the one that was shown. */
export function differs(before: ReadonlyMap<string, Quote>, now: ReadonlyMap<string, Quote>): boolean {
	return [...now].some(([product, quote]) => {
		const shown = before.get(product);
		return shown !== undefined && shown.amount_minor !== quote.amount_minor;
	});
}
