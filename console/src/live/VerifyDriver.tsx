import { type FormEvent, useState } from "react";
import { ID } from "../app/patterns";
import { usePerson } from "../app/person";
import { Refusal, useSending } from "../app/sending";
import { Button } from "../design/Button";
import { Field } from "../design/Field";
import { Notice } from "../design/Notice";
import { short } from "./words";

/** An operator who has seen a driver's papers lets them drive. */
export function VerifyDriver() {
	const { rest } = usePerson();
	const sending = useSending();
	const [verified, setVerified] = useState<string | null>(null);
	function submit(event: FormEvent<HTMLFormElement>) {
		event.preventDefault();
		const form = event.currentTarget;
		const driver_id = String(new FormData(form).get("driver")).trim();
		setVerified(null);
		void sending.send(async () => {
			await rest.POST("/v1/drivers/{driver_id}/verify", { params: { path: { driver_id } } });
			setVerified(driver_id);
			form.reset();
		});
	}
	return (
		<form className="form" onSubmit={submit} aria-label="Verify a driver">
			<Field
				label="Driver's id"
				name="driver"
				required
				placeholder="as the driver's page shows it"
				pattern={ID}
				title="The id that the driver's page shows: 32 letters and digits in five groups"
				autoComplete="off"
			/>
			<Button type="submit" busy={sending.busy}>
				Papers are in order
			</Button>
			<Refusal sending={sending} />
			{verified ? <Notice>Driver {short(verified)} may drive.</Notice> : null}
		</form>
	);
}
