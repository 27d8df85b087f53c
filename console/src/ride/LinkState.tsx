import { useIsCutOff } from "../app/connection";

/** Says when no news come; silent while all is well. */
export function LinkState() {
	const isCutOff = useIsCutOff();
	return (
		<p className="link-chip" role="status" data-shown={isCutOff}>
			{isCutOff ? "No connection. Trying again…" : null}
		</p>
	);
}
