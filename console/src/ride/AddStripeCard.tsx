import { type FormEvent, useEffect, useRef, useState } from "react";
import { usePerson } from "../app/person";
import { useDeployment } from "../app/Settings";
import { Refusal, useSending } from "../app/sending";
import { Button } from "../design/Button";
import { theme } from "../design/theme";
import { arrival, beginSetup, type Cards } from "./cards";
import { type Elements, loadStripe, type PaymentElement, type Stripe } from "./stripe";

interface Form {
	stripe: Stripe;
	elements: Elements;
}

/** Stripe's own form: the card's number goes to Stripe and never through this page. */
export function AddStripeCard({ cards, added }: { cards: Cards; added: () => void }) {
	const { rest } = usePerson();
	const { config } = useDeployment();
	const place = useRef<HTMLDivElement>(null);
	const [form, setForm] = useState<Form | null>(null);
	const sending = useSending();
	const { send } = sending;
	// One SetupIntent for the life of the form.
	useEffect(() => {
		let element: PaymentElement | null = null;
		let ended = false;
		void send(async () => {
			const setup = await beginSetup(rest);
			const key = setup.publishable_key ?? config.stripe_publishable_key;
			if (!key) throw new Error("Cards cannot be added here yet: Stripe is not set up.");
			const stripe = await loadStripe(key);
			if (ended || !place.current) return;
			const appearance = { theme: theme() === "dark" ? "night" : "stripe" } as const;
			const elements = stripe.elements({ clientSecret: setup.client_secret, appearance });
			element = elements.create("payment");
			element.on("ready", () => setForm({ stripe, elements }));
			element.mount(place.current);
		});
		return () => {
			ended = true;
			element?.destroy();
		};
	}, [rest, config, send]);
	function submit(event: FormEvent) {
		event.preventDefault();
		if (!form) return;
		void send(async () => {
			const { stripe, elements } = form;
			const confirmed = await stripe.confirmSetup({
				elements,
				redirect: "if_required",
				confirmParams: { return_url: location.href },
			});
			if (confirmed.error) throw new Error(confirmed.error.message ?? "The card was not accepted.");
			await arrival(cards.cards ?? [], cards.refresh);
			added();
		});
	}
	return (
		<form className="form" onSubmit={submit}>
			<div ref={place} />
			{form || sending.refusal ? null : <p className="quiet">Opening Stripe's form…</p>}
			<Refusal sending={sending} />
			<Button type="submit" kind="main" wide disabled={!form} busy={form !== null && sending.busy}>
				Add the card
			</Button>
		</form>
	);
}
