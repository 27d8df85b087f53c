import { type FormEvent, useState } from "react";
import { usePerson } from "../app/person";
import { useDeployment } from "../app/Settings";
import { Refusal, useSending } from "../app/sending";
import { Button } from "../design/Button";
import { arrival, beginSetup, type Cards, confirmAtDouble, TEST_CARDS } from "./cards";

/** One of Stripe's test cards, confirmed at Stripe's double: no money moves on this machine. */
export function AddTestCard({ cards, added }: { cards: Cards; added: () => void }) {
	const { rest } = usePerson();
	const { config } = useDeployment();
	const [chosen, setChosen] = useState(TEST_CARDS[0]?.payment_method ?? "");
	const sending = useSending();
	function submit(event: FormEvent) {
		event.preventDefault();
		void sending.send(async () => {
			await confirmAtDouble(config, await beginSetup(rest), chosen);
			await arrival(cards.cards ?? [], cards.refresh);
			added();
		});
	}
	return (
		<form className="form" onSubmit={submit}>
			<p className="quiet">No money moves on this machine. Choose how the card behaves.</p>
			<fieldset className="test-cards">
				<legend className="visually-hidden">Test card</legend>
				{TEST_CARDS.map((card) => (
					<label key={card.payment_method} data-chosen={card.payment_method === chosen}>
						<input
							type="radio"
							name="card"
							value={card.payment_method}
							checked={card.payment_method === chosen}
							onChange={() => setChosen(card.payment_method)}
						/>
						<span>
							{card.brand} •••• {card.last4}
							<span className="quiet">{card.what}</span>
						</span>
					</label>
				))}
			</fieldset>
			<Refusal sending={sending} />
			<Button type="submit" kind="main" wide busy={sending.busy}>
				{sending.busy ? "Adding the card" : "Add the card"}
			</Button>
		</form>
	);
}
