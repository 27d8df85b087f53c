import { type FormEvent, useState } from "react";
import type { Schemas } from "../api/rest";
import { usePerson } from "../app/person";
import { Refusal, useSending } from "../app/sending";
import { Button } from "../design/Button";
import { Field } from "../design/Field";

type Act = "complete" | "cancel" | "reassign";

const ACTS: Record<Act, { name: string; meaning: string }> = {
	complete: { name: "Complete the ride", meaning: "The rider is there. The fare is charged." },
	cancel: {
		name: "Cancel the trip",
		meaning: "The trip ends without a fare. If it is the rider's fault, they pay the cancellation fee.",
	},
	reassign: { name: "Take it from this driver", meaning: "Another driver is looked for." },
};

interface Props {
	trip: Schemas["TripView"];
	done: () => void;
}

/** End a trip whose people cannot, or look for another driver. Each act needs a reason for the audit log. */
export function EndTrip({ trip, done }: Props) {
	const [act, setAct] = useState<Act | null>(null);
	const possible: Act[] = trip.state === "in_progress" ? ["complete", "cancel"] : ["reassign", "cancel"];
	if (act && possible.includes(act)) return <Form trip={trip} act={act} done={done} close={() => setAct(null)} />;
	return (
		<section className="form" aria-label="Act for the driver">
			{possible.map((each) => (
				<Button key={each} wide onClick={() => setAct(each)}>
					{ACTS[each].name}
				</Button>
			))}
		</section>
	);
}

function Form({ trip, act, done, close }: Props & { act: Act; close: () => void }) {
	const { rest } = usePerson();
	const sending = useSending();
	function submit(event: FormEvent<HTMLFormElement>) {
		event.preventDefault();
		const form = new FormData(event.currentTarget);
		const reason = String(form.get("reason"));
		const params = { params: { path: { trip_id: trip.id } } };
		void sending.send(async () => {
			if (act === "complete") {
				await rest.POST("/v1/trips/{trip_id}/operator/complete", { ...params, body: { reason } });
			} else if (act === "cancel") {
				const verdict = form.get("verdict") as Schemas["Verdict"];
				await rest.POST("/v1/trips/{trip_id}/operator/cancel", { ...params, body: { reason, verdict } });
			} else {
				const driver_id = trip.driver_id ?? "";
				await rest.POST("/v1/trips/{trip_id}/operator/reassign", { ...params, body: { reason, driver_id } });
			}
			done();
			close();
		});
	}
	return (
		<form className="form" onSubmit={submit} aria-label={ACTS[act].name}>
			<h3>{ACTS[act].name}</h3>
			<p className="quiet">{ACTS[act].meaning}</p>
			<Field label="Reason" name="reason" required maxLength={500} problem={sending.of("reason")} />
			{act === "cancel" ? (
				<div className="field">
					<label htmlFor="verdict">Whose fault it is</label>
					<select id="verdict" name="verdict" defaultValue="nobody">
						<option value="nobody">Nobody's</option>
						<option value="rider">The rider's</option>
						<option value="driver">The driver's</option>
					</select>
				</div>
			) : null}
			<Refusal sending={sending} except={["reason"]} />
			<div className="choices">
				<Button onClick={close}>Back</Button>
				<Button type="submit" kind={act === "complete" ? "main" : "danger"} busy={sending.busy}>
					{ACTS[act].name}
				</Button>
			</div>
		</form>
	);
}
