/** A rider's cards, and how a browser hands a new one to Stripe. */

import { useCallback, useEffect, useState } from "react";
import type { Config } from "../api/config";
import type { Rest, Schemas } from "../api/rest";
import { type Intent, passBank } from "./bank";

export type Card = Schemas["CardView"];
export type CardSetup = Schemas["CardSetupView"];

export interface Cards {
	/** All cards; null until they are known. */
	cards: readonly Card[] | null;
	/** The one that pays. */
	payer: Card | null;
	refresh: () => Promise<readonly Card[]>;
}

export function useCards(rest: Rest): Cards {
	const [cards, setCards] = useState<readonly Card[] | null>(null);
	const refresh = useCallback(async () => {
		const { data } = await rest.GET("/v1/riders/me/cards");
		const known = data?.cards ?? [];
		setCards(known);
		return known;
	}, [rest]);
	useEffect(() => {
		refresh().catch(() => undefined); // a request without a card is refused in words
	}, [refresh]);
	return { cards, payer: cards?.find((card) => card.is_default) ?? null, refresh };
}

/** Ask Stripe for a place to put a card. */
export async function beginSetup(rest: Rest): Promise<CardSetup> {
	const { data } = await rest.POST("/v1/riders/me/cards", {
		params: { header: { "idempotency-key": crypto.randomUUID() } },
	});
	if (!data) throw new Error("The service did not answer.");
	return data;
}

const ARRIVES_WITHIN_MS = 30_000;
const LOOK_EVERY_MS = 700;

/** Stripe tells the service of a card by a webhook: wait until it has arrived. Throws if it does not. */
export async function arrival(before: readonly Card[], refresh: Cards["refresh"]): Promise<void> {
	const known = new Set(before.map((card) => card.id));
	const until = Date.now() + ARRIVES_WITHIN_MS;
	while (Date.now() < until) {
		const cards = await refresh();
		if (cards.some((card) => !known.has(card.id))) return;
		await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
	}
	throw new Error("Stripe has the card, but it has not arrived here yet. It will be shown when it has.");
}

export interface TestCard {
	payment_method: string;
	brand: string;
	last4: string;
	what: string;
}

/** Stripe's documented test cards, for the local stack: https://docs.stripe.com/testing */
export const TEST_CARDS: readonly TestCard[] = [
	{ payment_method: "pm_card_visa", brand: "Visa", last4: "4242", what: "Pays for every ride" },
	{ payment_method: "pm_card_mastercard", brand: "Mastercard", last4: "4444", what: "Pays for every ride" },
	{
		payment_method: "pm_card_chargeCustomerFail",
		brand: "Visa",
		last4: "0341",
		what: "Is saved, and declined at each ride",
	},
	{
		payment_method: "pm_card_authenticationRequired",
		brand: "Visa",
		last4: "3184",
		what: "Its bank wants you at each ride",
	},
	{ payment_method: "pm_card_chargeDeclined", brand: "Visa", last4: "0002", what: "Is declined at once" },
];

/** Confirm a SetupIntent at Stripe's double, as Stripe.js does at Stripe. Throws with Stripe's sentence. */
export async function confirmAtDouble(config: Config, setup: CardSetup, payment_method: string): Promise<void> {
	const key = setup.publishable_key ?? config.stripe_publishable_key ?? "";
	const address = `${config.stripe_url}/v1/setup_intents/${setup.setup_intent_id}/confirm`;
	const answer = await fetch(address, {
		method: "POST",
		headers: { Authorization: `Bearer ${key}` },
		body: new URLSearchParams({ payment_method, client_secret: setup.client_secret }),
	});
	const said = (await answer.json().catch(() => null)) as (Intent & { error?: { message?: string } }) | null;
	if (!answer.ok) throw new Error(said?.error?.message ?? `Stripe answered ${answer.status}.`);
	await passBank(said);
}
