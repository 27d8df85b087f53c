/**
 * Stripe.js, loaded from Stripe when a card is added or a payment confirmed: Stripe allows no copies.
 *
 * Only what this page uses of it is described here. https://docs.stripe.com/js
 */

export interface PaymentElement {
	mount: (element: HTMLElement) => void;
	on: (event: "ready", listener: () => void) => void;
	destroy: () => void;
}

export interface Elements {
	create: (kind: "payment") => PaymentElement;
	submit: () => Promise<{ error?: StripeError }>;
}

interface StripeError {
	message?: string;
}

export interface Stripe {
	elements: (options: { clientSecret: string; appearance: { theme: "stripe" | "night" } }) => Elements;
	confirmSetup: (options: {
		elements: Elements;
		redirect: "if_required";
		confirmParams: { return_url: string };
	}) => Promise<{ error?: StripeError }>;
	/** Shows the bank's page over this one, and is done when its holder has left it. */
	handleNextAction: (options: { clientSecret: string }) => Promise<{ error?: StripeError }>;
}

const ADDRESS = "https://js.stripe.com/v3/";
let loading: Promise<(key: string) => Stripe> | null = null;

/** Stripe.js for a publishable key. Throws if it cannot be loaded. */
export async function loadStripe(key: string): Promise<Stripe> {
	loading ??= load().catch((error) => {
		loading = null;
		throw error;
	});
	return (await loading)(key);
}

function load(): Promise<(key: string) => Stripe> {
	return new Promise((resolve, reject) => {
		const script = document.createElement("script");
		script.src = ADDRESS;
		script.onload = () => resolve((window as unknown as { Stripe: (key: string) => Stripe }).Stripe);
		script.onerror = () => {
			script.remove();
			reject(new Error("Stripe cannot be reached. Try again."));
		};
		document.head.append(script);
	});
}
