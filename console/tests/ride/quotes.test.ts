import { expect, test } from "vitest";
import { differs, pauseMs, type Quote, renewInMs } from "../../src/ride/quotes";
import { refusal } from "../doubles";

function quote(product: string, livesS: number, amount_minor = 900): Quote {
	const [created_at, expires_at] = [0, livesS * 1000].map((ms) => new Date(ms).toISOString());
	return { product, amount_minor, created_at, expires_at } as Quote;
}

test("prices are renewed ten seconds before the first of them expires, by the service's clock", () => {
	expect(renewInMs([quote("economy", 120), quote("xl", 60)])).toBe(50_000);
});

test("prices that live for a moment are not asked for without a pause", () => {
	expect(renewInMs([quote("economy", 3)])).toBe(5_000);
});

test("a renewed price that is another is said, and a first one is not", () => {
	const of = (...quotes: Quote[]) => new Map(quotes.map((each) => [each.product, each]));
	expect(differs(of(), of(quote("economy", 60)))).toBe(false);
	expect(differs(of(quote("economy", 60)), of(quote("economy", 60), quote("xl", 60)))).toBe(false);
	expect(differs(of(quote("economy", 60)), of(quote("economy", 60, 950)))).toBe(true);
});

test("prices are asked for again if that may help, after the time that the service names", () => {
	const limited = refusal(429, "rate_limited");
	limited.problem.retry_after_s = 7;
	expect(pauseMs(limited)).toBe(7_000);
	expect(pauseMs(refusal(0, "offline"))).toBeGreaterThan(0);
	expect(pauseMs(refusal(503, "internal_error"))).toBeGreaterThan(0);
	expect(pauseMs(refusal(422, "outside_service_area"))).toBeNull();
	expect(pauseMs(new Error("a fault of the page"))).toBeNull();
});
