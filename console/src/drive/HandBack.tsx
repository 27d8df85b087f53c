import { useState } from "react";
import { Refusal, useSending } from "../app/sending";
import { Button } from "../design/Button";
import { Dialog } from "../design/Dialog";
import { useDriver } from "./driver";
import type { Trip } from "./shift";

/** Give the trip up, after a question that says what this means. */
export function HandBack({ trip }: { trip: Trip }) {
	const { app } = useDriver();
	const sending = useSending();
	const [asked, setAsked] = useState(false);
	const waits = trip.state === "driver_arrived";
	const close = () => setAsked(false);
	return (
		<>
			<Button kind="bare" onClick={() => setAsked(true)}>
				{waits ? "The rider does not come" : "I cannot take this trip"}
			</Button>
			{asked ? (
				<Dialog title={waits ? "Leave without the rider?" : "Hand the trip back?"} close={close}>
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
					<Refusal sending={sending} />
					<div className="buttons">
						<Button onClick={close}>Keep the trip</Button>
						<Button
							kind="danger"
							busy={sending.busy}
							onClick={() => void sending.send(() => app.trip.cancel(trip.id, null))}
						>
							{waits ? "Leave" : "Hand back"}
						</Button>
					</div>
				</Dialog>
			) : null}
		</>
	);
}
