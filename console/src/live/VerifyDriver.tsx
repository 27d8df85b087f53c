import { type FormEvent, useState } from "react";
import { told } from "../api/problem";
import { usePerson } from "../app/person";
import { Button } from "../design/Button";
import { Field } from "../design/Field";
import { Notice } from "../design/Notice";
import { short } from "./words";

/** An operator who has seen a driver's papers lets them drive. */
export function VerifyDriver() {
	const { rest } = usePerson();
	const [said, setSaid] = useState<{ kind: "plain" | "problem"; text: string } | null>(null);
	const [busy, setBusy] = useState(false);
	async function submit(event: FormEvent<HTMLFormElement>) {
		event.preventDefault();
		const form = event.currentTarget;
		const driver_id = String(new FormData(form).get("driver")).trim();
		setBusy(true);
		setSaid(null);
		try {
			await rest.POST("/v1/drivers/{driver_id}/verify", { params: { path: { driver_id } } });
			setSaid({ kind: "plain", text: `Driver ${short(driver_id)} may drive.` });
			form.reset();
		} catch (error) {
			setSaid({ kind: "problem", text: told(error) });
		} finally {
			setBusy(false);
		}
	}
	return (
		<form className="act" onSubmit={submit} aria-label="Verify a driver">
			<Field label="Driver's id" name="driver" required placeholder="as the driver's page shows it" />
			<Button type="submit" busy={busy}>
				Papers are in order
			</Button>
			{said ? <Notice kind={said.kind}>{said.text}</Notice> : null}
		</form>
	);
}
