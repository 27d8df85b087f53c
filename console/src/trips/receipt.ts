/** A trip's receipt, which is there a moment after the trip was paid. */

import { useEffect, useState } from "react";
import { ProblemError } from "../api/problem";
import type { Rest, Schemas } from "../api/rest";

export type Receipt = Schemas["ReceiptView"];

const AGAIN_MS = 2_000;
const ATTEMPTS = 8;

/** The receipt of a trip; `undefined` while it is waited for, null if there is none. Without an id nothing is read. */
export function useReceipt(rest: Rest, tripId: string | null): Receipt | null | undefined {
	const [receipt, setReceipt] = useState<Receipt | null | undefined>(undefined);
	useEffect(() => {
		let timer = 0;
		let ended = false;
		setReceipt(undefined);
		if (tripId === null) return;
		const ask = async (attempt: number) => {
			try {
				const { data } = await rest.GET("/v1/trips/{trip_id}/receipt", { params: { path: { trip_id: tripId } } });
				if (!ended) setReceipt(data ?? null);
			} catch (error) {
				if (ended) return;
				const mayCome = !(error instanceof ProblemError) || error.problem.status !== 403;
				if (mayCome && attempt < ATTEMPTS) timer = window.setTimeout(() => void ask(attempt + 1), AGAIN_MS);
				else setReceipt(null);
			}
		};
		void ask(1);
		return () => {
			ended = true;
			clearTimeout(timer);
		};
	}, [rest, tripId]);
	return receipt;
}
