import { type FormEvent, useState } from "react";
import { ProblemError } from "../api/problem";
import { usePerson } from "../app/person";
import { useSending } from "../app/sending";
import { Button } from "../design/Button";
import { Field } from "../design/Field";
import { Notice } from "../design/Notice";
import { ChooseStars } from "./Stars";

/** Stars and a comment for the driver. */
export function RateDriver({ trip_id }: { trip_id: string }) {
	const { rest } = usePerson();
	const sending = useSending();
	const [stars, setStars] = useState(0);
	const [rated, setRated] = useState(false);
	if (rated) return <Notice>Thank you. Your rating counts.</Notice>;
	function submit(event: FormEvent<HTMLFormElement>) {
		event.preventDefault();
		const comment = String(new FormData(event.currentTarget).get("comment") ?? "").trim() || null;
		void sending.send(async () => {
			try {
				await rest.POST("/v1/trips/{trip_id}/ratings", {
					params: { path: { trip_id }, header: { "idempotency-key": crypto.randomUUID() } },
					body: { stars, comment },
				});
			} catch (error) {
				if (!(error instanceof ProblemError && error.code === "trip_already_rated")) throw error;
			}
			setRated(true);
		});
	}
	const problem = sending.about("comment");
	return (
		<form className="rate" onSubmit={submit}>
			<ChooseStars stars={stars} choose={setStars} />
			{stars > 0 ? (
				<>
					<Field label="Comment (optional)" name="comment" maxLength={500} problem={sending.of("comment")} />
					{problem ? <Notice kind="problem">{problem}</Notice> : null}
					<Button type="submit" kind="main" wide busy={sending.busy}>
						Send the rating
					</Button>
				</>
			) : null}
		</form>
	);
}
