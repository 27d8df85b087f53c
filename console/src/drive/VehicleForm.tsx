import type { FormEvent } from "react";
import { Refusal, useSending } from "../app/sending";
import { Button } from "../design/Button";
import { Field } from "../design/Field";
import { useDriver } from "./driver";

/** A form that adds a vehicle. */
export function VehicleForm() {
	const { app, market } = useDriver();
	const sending = useSending();
	function submit(event: FormEvent<HTMLFormElement>) {
		event.preventDefault();
		const form = new FormData(event.currentTarget);
		const text = (name: string) => String(form.get(name) ?? "").trim();
		void sending.send(() =>
			app.profile.addVehicle({
				plate: text("plate").toUpperCase(),
				make: text("make"),
				model: text("model"),
				year: Number(text("year")),
				colour: text("colour"),
				vehicle_class: text("vehicle_class"),
				wheelchair_accessible: form.get("wheelchair_accessible") === "on",
			}),
		);
	}
	return (
		<form className="form" onSubmit={submit}>
			<Field
				label="Licence plate"
				name="plate"
				required
				autoComplete="off"
				placeholder="7ABC123"
				problem={sending.of("plate")}
			/>
			<div className="drive-pair">
				<Field label="Make" name="make" required autoComplete="off" placeholder="Toyota" problem={sending.of("make")} />
				<Field
					label="Model"
					name="model"
					required
					autoComplete="off"
					placeholder="Prius"
					problem={sending.of("model")}
				/>
			</div>
			<div className="drive-pair">
				<Field
					label="Model year"
					name="year"
					type="number"
					min={1990}
					max={2100}
					required
					problem={sending.of("year")}
				/>
				<Field
					label="Colour"
					name="colour"
					required
					autoComplete="off"
					placeholder="silver"
					problem={sending.of("colour")}
				/>
			</div>
			<ClassField classes={market.vehicle_classes} />
			<label className="drive-tick">
				<input type="checkbox" name="wheelchair_accessible" />A passenger can stay in their wheelchair
			</label>
			<Refusal sending={sending} except={["plate", "make", "model", "year", "colour", "vehicle_class"]} />
			<Button type="submit" kind="main" wide busy={sending.busy}>
				Add vehicle
			</Button>
		</form>
	);
}

function ClassField({ classes }: { classes: string[] }) {
	return (
		<fieldset className="drive-choice">
			<legend>Class</legend>
			{classes.map((name, number) => (
				<label key={name}>
					<input type="radio" name="vehicle_class" value={name} defaultChecked={number === 0} />
					<span>{titled(name)}</span>
				</label>
			))}
		</fieldset>
	);
}

function titled(name: string): string {
	return name.length <= 2 ? name.toUpperCase() : name.charAt(0).toUpperCase() + name.slice(1);
}
