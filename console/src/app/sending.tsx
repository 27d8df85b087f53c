import { useCallback, useRef, useState } from "react";
import { ProblemError, told } from "../api/problem";
import { Notice } from "../design/Notice";

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
	const isUnderWay = useRef(false);
	const send = useCallback(async (action: () => Promise<void>) => {
		if (isUnderWay.current) return;
		isUnderWay.current = true;
		setBusy(true);
		setRefusal(null);
		try {
			await action();
		} catch (error) {
			setRefusal(error ?? new Error("Something went wrong."));
		} finally {
			isUnderWay.current = false;
			setBusy(false);
		}
	}, []);
	const forget = useCallback(() => setRefusal(null), []);
	const of = (field: string) => (refusal instanceof ProblemError ? refusal.of(field) : undefined);
	const about = (...fields: string[]) => (refusal && !fields.some(of) ? told(refusal) : undefined);
	return { busy, refusal, of, about, send, forget };
}

/** How an action was refused, unless it is said at one of these fields. */
export function Refusal({ sending, except = [] }: { sending: Sending; except?: readonly string[] }) {
	const sentence = sending.about(...except);
	return sentence ? <Notice kind="problem">{sentence}</Notice> : null;
}
