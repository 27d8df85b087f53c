import { useState } from "react";
import type { Market } from "../api/config";
import { Refusal, useSending } from "../app/sending";
import { Button } from "../design/Button";
import { useDriver } from "./driver";
import type { DriverView } from "./state";
import { VehicleForm } from "./VehicleForm";

interface Props {
	me: DriverView;
	markets: Market[];
	choose: (id: string) => void;
}

/** Where the driver is, in which vehicle: then they go online. */
export function OfflinePanel({ me, markets, choose }: Props) {
	const { app, market } = useDriver();
	const sending = useSending();
	const [vehicle, setVehicle] = useState(me.vehicle_id ?? me.vehicles[0]?.id ?? "");
	return (
		<div className="drive-panel">
			<div>
				<h2>You are offline</h2>
				<p className="quiet">Tap the map, or drag the car, to where you are. Then go online.</p>
			</div>
			{markets.length > 1 ? (
				<div className="field">
					<label htmlFor="drive-market">City</label>
					<select id="drive-market" value={market.id} onChange={(event) => choose(event.target.value)}>
						{markets.map((each) => (
							<option key={each.id} value={each.id}>
								{each.name}
							</option>
						))}
					</select>
				</div>
			) : null}
			<fieldset className="drive-vehicles">
				<legend>Vehicle</legend>
				{me.vehicles.map((each) => (
					<label key={each.id}>
						<input
							type="radio"
							name="vehicle"
							value={each.id}
							checked={vehicle === each.id}
							onChange={() => setVehicle(each.id)}
						/>
						<span>
							<strong>
								{each.make} {each.model}
							</strong>
							<span className="quiet">
								{each.colour}, {each.plate}
							</span>
						</span>
					</label>
				))}
			</fieldset>
			<details className="drive-more">
				<summary>Add another vehicle</summary>
				<VehicleForm />
			</details>
			<Refusal sending={sending} />
			<Button
				kind="main"
				wide
				busy={sending.busy}
				onClick={() => void sending.send(() => app.profile.goOnline(vehicle, app.car.at))}
			>
				Go online
			</Button>
		</div>
	);
}
