import { type FormEvent, useState } from "react";
import { usePerson } from "../app/person";
import { Refusal, useSending } from "../app/sending";
import { Button } from "../design/Button";
import { Field } from "../design/Field";
import { Notice } from "../design/Notice";
import { rateTrip } from "./rating";
import { ChooseStars } from "./Stars";

/** Stars and a comment for the trip's other person. A rating cannot be changed, so it is sent by a button of its own. */
export function RateTrip({ tripId, question }: { tripId: string; question: string }) {
	const { rest } = usePerson();
	const sending = useSending();
	const [stars, setStars] = useState(0);
	const [rated, setRated] = useState(false);
	if (rated) return <Notice>Thank you. Your rating counts.</Notice>;
	function submit(event: FormEvent<HTMLFormElement>) {
		event.preventDefault();
		const comment = String(new FormData(event.currentTarget).get("comment") ?? "").trim() || null;
		void sending.send(async () => {
			await rateTrip(rest, tripId, stars, comment);
			setRated(true);
		});
	}
	return (
		<form className="form" onSubmit={submit}>
			<ChooseStars question={question} stars={stars} choose={setStars} />
			{stars > 0 ? (
				<>
					<Field label="Comment (optional)" name="comment" maxLength={500} problem={sending.of("comment")} />
					<Refusal sending={sending} except={["comment"]} />
					<Button type="submit" kind="main" wide busy={sending.busy}>
						Send the rating
					</Button>
				</>
			) : null}
		</form>
	);
}
