/** A bank wants the holder of a card: how a browser lets them answer, at Stripe and at Stripe's double. */

import type { Config } from "../api/config";
import type { Schemas } from "../api/rest";
import { loadStripe } from "./stripe";

export type PaymentAction = NonNullable<Schemas["TripView"]["payment_action"]>;

/** The part of an intent by which the double says that a bank waits. */
export interface Intent {
	next_action?: { use_stripe_sdk?: { stripe_js?: string } } | null;
}

/** Let the rider confirm the payment with their bank. Throws if they do not pass; the trip then tells the outcome. */
export async function confirmPayment(config: Config, action: PaymentAction): Promise<void> {
	const key = action.publishable_key ?? config.stripe_publishable_key;
	if (!key) throw new Error("The payment cannot be confirmed here: Stripe is not set up.");
	if (config.stripe_url) return confirmAtDouble(config.stripe_url, key, action.client_secret);
	const stripe = await loadStripe(key);
	const { error } = await stripe.handleNextAction({ clientSecret: action.client_secret });
	if (error) throw new Error(error.message ?? "Your bank did not confirm the payment.");
}

async function confirmAtDouble(url: string, key: string, client_secret: string): Promise<void> {
	const [intent] = client_secret.split("_secret_");
	const address = `${url}/v1/payment_intents/${intent}?${new URLSearchParams({ client_secret })}`;
	const answer = await fetch(address, { headers: { Authorization: `Bearer ${key}` } });
	if (!answer.ok) throw new Error(`Stripe answered ${answer.status}.`);
	await passBank((await answer.json()) as Intent);
}

/** Press the button of the bank's page, as the double serves it; nothing happens if no bank waits. */
export async function passBank(intent: Intent | null): Promise<void> {
	const page = intent?.next_action?.use_stripe_sdk?.stripe_js;
	if (!page) return;
	// The page is for people, so it does not say that a script may read its answer.
	await fetch(page, { method: "POST", mode: "no-cors", body: new URLSearchParams({ outcome: "succeed" }) });
}
