import { useState } from "react";
import type { Schemas } from "../api/rest";
import { usePerson } from "../app/person";
import { Refusal, useSending } from "../app/sending";
import { Button } from "../design/Button";
import { Field } from "../design/Field";
import { Notice } from "../design/Notice";
import { distance, duration } from "../words/format";
import type { City } from "./city";
import { nearestFree } from "./nearest";
import { short } from "./words";

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
	const sending = useSending();
	const [asked, setAsked] = useState<string | null>(null);
	const [answer, setAnswer] = useState<string | null>(null);
	const near = nearestFree(city.fleet, trip.pickup, SHOWN);
	function offer(driver: string) {
		setAsked(driver);
		setAnswer(null);
		void sending.send(async () => {
			const params = { path: { trip_id: trip.id }, header: { "idempotency-key": crypto.randomUUID() } };
			const body = { driver_id: driver, reason, ask_again: true };
			const { data } = await rest.POST("/v1/trips/{trip_id}/dispatch", { params, body });
			setAnswer(`Offered to driver ${short(driver)}, ${duration(data?.pickup_eta_s ?? 0)} away.`);
			done();
		});
	}
	return (
		<section className="form act" aria-label="Offer to a driver">
			<h3>Offer to a driver</h3>
			<Field label="Reason" value={reason} maxLength={500} onChange={(event) => setReason(event.target.value)} />
			{near.length === 0 ? <p className="quiet">No free car is on this map.</p> : null}
			<ol className="rows">
				{near.map(({ driver, metres }) => (
					<li key={driver} className="row">
						<span className="figure">{short(driver)}</span>
						<span className="figure quiet">{distance(metres)}</span>
						<Button
							onClick={() => offer(driver)}
							busy={sending.busy && asked === driver}
							disabled={sending.busy || !reason.trim()}
						>
							Offer<span className="visually-hidden"> to driver {short(driver)}</span>
						</Button>
					</li>
				))}
			</ol>
			<Refusal sending={sending} />
			{answer ? <Notice>{answer}</Notice> : null}
		</section>
	);
}
