import { useState } from "react";
import { useDeployment } from "../app/Settings";
import { Button } from "../design/Button";
import { Dialog } from "../design/Dialog";
import { Icon } from "../design/Icon";
import { AddStripeCard } from "./AddStripeCard";
import { AddTestCard } from "./AddTestCard";
import type { Cards } from "./cards";
import { brandOf } from "./words";

/** The rider's cards, and a new one. */
export function CardsDialog({ cards, close }: { cards: Cards; close: () => void }) {
	const { config } = useDeployment();
	const [adding, setAdding] = useState(cards.cards?.length === 0);
	const known = cards.cards ?? [];
	const Add = config.stripe_url ? AddTestCard : AddStripeCard;
	return (
		<Dialog title={adding ? "Add a card" : "Cards"} close={close}>
			{adding ? (
				<Add cards={cards} added={close} />
			) : (
				<>
					{cards.cards === null ? <p className="quiet">Looking for your cards…</p> : null}
					{cards.cards?.length === 0 ? <p className="quiet">You have no card yet.</p> : null}
					<ul className="cards">
						{known.map((card) => (
							<li key={card.id}>
								<Icon name="card" />
								<span>
									{brandOf(card)} •••• {card.last4}
									<span className="quiet figure">
										{" "}
										{String(card.exp_month).padStart(2, "0")}/{card.exp_year % 100}
									</span>
								</span>
								{card.is_default ? <span className="tag">Pays</span> : null}
							</li>
						))}
					</ul>
					{known.length > 0 ? <p className="quiet">Your first card pays for your rides.</p> : null}
					<Button kind="main" wide onClick={() => setAdding(true)}>
						Add a card
					</Button>
				</>
			)}
		</Dialog>
	);
}
