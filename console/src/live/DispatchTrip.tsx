import { useState } from "react";
import { told } from "../api/problem";
import type { Schemas } from "../api/rest";
import { usePerson } from "../app/person";
import { Button } from "../design/Button";
import { Field } from "../design/Field";
import { Notice } from "../design/Notice";
import type { City } from "./city";
import { nearestFree } from "./nearest";
import { kilometres, short } from "./words";

interface Props {
	trip: Schemas["TripView"];
	city: City;
	done: () => void;
}

const SHOWN = 5;

/** Offer a waiting trip to a driver of the operator's choice: the nearest free cars on the map are named. */
export function DispatchTrip({ trip, city, done }: Props) {
	const { rest } = usePerson();
	const [reason, setReason] = useState("Nearest free car");
	const [busy, setBusy] = useState<string | null>(null);
	const [said, setSaid] = useState<{ kind: "plain" | "problem"; text: string } | null>(null);
	const near = nearestFree(city.fleet, trip.pickup, SHOWN);
	async function offer(driver: string) {
		setBusy(driver);
		setSaid(null);
		try {
			const params = { path: { trip_id: trip.id }, header: { "idempotency-key": crypto.randomUUID() } };
			const body = { driver_id: driver, reason, ask_again: true };
			const { data } = await rest.POST("/v1/trips/{trip_id}/dispatch", { params, body });
			const seconds = Math.round(data?.pickup_eta_s ?? 0);
			setSaid({ kind: "plain", text: `Offered to driver ${short(driver)}, ${Math.ceil(seconds / 60)} min away.` });
			done();
		} catch (error) {
			setSaid({ kind: "problem", text: told(error) });
		} finally {
			setBusy(null);
		}
	}
	return (
		<section className="act" aria-label="Offer to a driver">
			<h3>Offer to a driver</h3>
			<Field label="Reason" value={reason} maxLength={500} onChange={(event) => setReason(event.target.value)} />
			{near.length === 0 ? <p className="quiet">No free car is on this map.</p> : null}
			<ol className="rows">
				{near.map(({ driver, metres }) => (
					<li key={driver} className="row">
						<span className="figure">{short(driver)}</span>
						<span className="figure quiet">{kilometres(metres)}</span>
						<Button onClick={() => offer(driver)} busy={busy === driver} disabled={busy !== null || !reason.trim()}>
							Offer<span className="visually-hidden"> to driver {short(driver)}</span>
						</Button>
					</li>
				))}
			</ol>
			{said ? <Notice kind={said.kind}>{said.text}</Notice> : null}
		</section>
	);
}
