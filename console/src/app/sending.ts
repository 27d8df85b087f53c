import { useState } from "react";
import { ProblemError, told } from "../api/problem";

/** One action of a form or button: whether it is under way, and how it was refused. */
export interface Sending {
	busy: boolean;
	/** The refusal of the last attempt, or null. */
	refusal: unknown;
	/** The sentence about a field. */
	of: (field: string) => string | undefined;
	/** The sentence about the rest: what is not about one of these fields. */
	about: (...fields: string[]) => string | undefined;
	/** Run the action. A repeat while it is under way does nothing. */
	send: (action: () => Promise<void>) => Promise<void>;
	forget: () => void;
}

/** State of an action whose refusals are shown at fields, or as a notice. */
export function useSending(): Sending {
	const [busy, setBusy] = useState(false);
	const [refusal, setRefusal] = useState<unknown>(null);
	const of = (field: string) => (refusal instanceof ProblemError ? refusal.of(field) : undefined);
	return {
		busy,
		refusal,
		of,
		about: (...fields) => (refusal && !fields.some(of) ? told(refusal) : undefined),
		async send(action) {
			if (busy) return;
			setBusy(true);
			setRefusal(null);
			try {
				await action();
			} catch (error) {
				setRefusal(error ?? new Error("Something went wrong."));
			} finally {
				setBusy(false);
			}
		},
		forget: () => setRefusal(null),
	};
}
