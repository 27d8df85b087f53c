/** A trip's receipt, which is there a moment after the trip's end. */

import { useEffect, useState } from "react";
import { ProblemError } from "../api/problem";
import type { Rest, Schemas } from "../api/rest";

export type Receipt = Schemas["ReceiptView"];

const AGAIN_MS = 2_000;
const ATTEMPTS = 8;

/** The receipt; `undefined` while it is waited for, null if there is none. */
export function useReceipt(rest: Rest, trip_id: string): Receipt | null | undefined {
	const [receipt, setReceipt] = useState<Receipt | null | undefined>(undefined);
	useEffect(() => {
		let timer = 0;
		let ended = false;
		setReceipt(undefined);
		const ask = async (attempt: number) => {
			try {
				const { data } = await rest.GET("/v1/trips/{trip_id}/receipt", { params: { path: { trip_id } } });
				if (!ended) setReceipt(data ?? null);
			} catch (error) {
				if (ended) return;
				const may_come = !(error instanceof ProblemError) || error.problem.status !== 403;
				if (may_come && attempt < ATTEMPTS) timer = window.setTimeout(() => void ask(attempt + 1), AGAIN_MS);
				else setReceipt(null);
			}
		};
		void ask(1);
		return () => {
			ended = true;
			clearTimeout(timer);
		};
	}, [rest, trip_id]);
	return receipt;
}
