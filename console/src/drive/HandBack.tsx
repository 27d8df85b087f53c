import { useRef } from "react";
import { useSending } from "../app/sending";
import { Button } from "../design/Button";
import { Notice } from "../design/Notice";
import { useDriver } from "./driver";
import type { Trip } from "./shift";
import "./menu.css";

/** Give the trip up, after a question that says what this means. */
export function HandBack({ trip }: { trip: Trip }) {
	const { app } = useDriver();
	const sending = useSending();
	const dialog = useRef<HTMLDialogElement>(null);
	const waits = trip.state === "driver_arrived";
	const title = waits ? "Leave without the rider?" : "Hand the trip back?";
	return (
		<>
			<Button kind="bare" onClick={() => dialog.current?.showModal()}>
				{waits ? "The rider does not come" : "I cannot take this trip"}
			</Button>
			<dialog ref={dialog} className="drive-dialog" aria-label={title}>
				<h2>{title}</h2>
				{waits ? (
					<>
						<p>
							If you have waited long enough (five minutes in most cities) and are still at the pickup, the trip is
							cancelled: the rider pays the cancellation fee, and you get your share of it.
						</p>
						<p>Before that, the trip is offered to other drivers, and nobody pays.</p>
					</>
				) : (
					<p>The trip is offered to other drivers. The rider waits longer and pays nothing for that; nor do you.</p>
				)}
				{sending.about() ? <Notice kind="problem">{sending.about()}</Notice> : null}
				<div className="drive-row">
					<Button onClick={() => dialog.current?.close()}>Keep the trip</Button>
					<Button kind="danger" busy={sending.busy} onClick={() => void sending.send(() => app.cancel(trip.id, null))}>
						{waits ? "Leave" : "Hand back"}
					</Button>
				</div>
			</dialog>
		</>
	);
}
