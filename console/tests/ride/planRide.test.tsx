import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Market } from "../../src/api/config";
import type { Cards } from "../../src/ride/cards";
import type { CurrentRide } from "../../src/ride/current";
import { PlanRide } from "../../src/ride/PlanRide";
import { emptyPlan, type Plan } from "../../src/ride/plan";
import { RestDouble, refusal } from "../doubles";
import { Page } from "../page";

let service: RestDouble;
vi.mock("../../src/app/person", () => ({ usePerson: () => ({ rest }) }));
let rest: RestDouble["rest"];

const QUOTES = "POST /v1/quotes";
const HERE = { lat: 37.7749, lng: -122.4194 };
const THERE = { lat: 37.7849, lng: -122.4094 };
const ELSEWHERE = { lat: 37.7949, lng: -122.3994 };
const MARKET = {
	products: [
		{ id: "economy", name: "Economy", seats: 4 },
		{ id: "xl", name: "XL", seats: 6 },
	],
} as unknown as Market;
const PLAN: Plan = { ...emptyPlan("economy"), pickup: HERE, dropoff: THERE, choosing: null };
const CARD = { id: "c", brand: "visa", last4: "4242", is_default: true };

let page: Page;
let cards: Cards;
let amount: number;
let requested: { id: string }[];
let answered: () => Promise<void>;

beforeEach(() => {
	vi.useFakeTimers({ now: Date.UTC(2026, 9, 1, 18) });
	page = new Page();
	service = new RestDouble();
	rest = service.rest;
	amount = 900;
	requested = [];
	answered = async () => undefined;
	cards = { cards: [CARD], payer: CARD, refresh: vi.fn(async () => [CARD]) } as unknown as Cards;
	service.answer(QUOTES, (body) => quote((body as { product: string }).product));
});

afterEach(async () => {
	await page.shows(null);
	vi.useRealTimers();
	vi.unstubAllGlobals();
});

function quote(product: string) {
	const amount_minor = product === "xl" ? 2 * amount : amount;
	const [created_at, expires_at] = [0, 120_000].map((ms) => new Date(Date.now() + ms).toISOString());
	return { id: `${product} ${amount_minor}`, product, amount_minor, currency: "USD", created_at, expires_at };
}

async function shows(plan: Plan): Promise<void> {
	const request = (quoted: { id: string }) => {
		requested.push(quoted);
		return answered();
	};
	const current = { request } as unknown as CurrentRide;
	const none = { names: () => null, free: [], hand: null, step: () => undefined, openCards: () => undefined };
	await page.shows(<PlanRide market={MARKET} plan={plan} cards={cards} current={current} {...none} />);
}

function prices(): string[] {
	return page
		.named("button", "Request")
		.map((button) => button.name + (button.attributes.has("disabled") ? " (disabled)" : ""));
}

test("the chosen product is requested for the price that its button says", async () => {
	await shows({ ...PLAN, product: "xl" });
	await page.presses("Request for $18.00");
	expect(requested).toMatchObject([{ id: "xl 1800" }]);
});

test("a rider who clicks twice requests once", async () => {
	answered = () => new Promise(() => undefined);
	await shows(PLAN);
	await page.presses("Request for $9.00", 2);
	expect(requested).toHaveLength(1);
});

test("a price of other places cannot be requested: not before the new one has come, and not if there is none", async () => {
	await shows(PLAN);
	let arrives: (answer: unknown) => void = () => undefined;
	service.answer(QUOTES, () => new Promise((resolve) => (arrives = resolve)));
	await shows({ ...PLAN, dropoff: ELSEWHERE });
	expect(prices()).toEqual(["Request (disabled)"]);
	arrives(refusal(422, "outside_service_area"));
	service.answer(QUOTES, () => refusal(422, "outside_service_area"));
	await shows({ ...PLAN, dropoff: HERE });
	expect(prices()).toEqual(["Request (disabled)"]);
	expect(page.text).toContain("Refused: outside_service_area.");
});

test("a price that comes late, for places that were left, is not shown", async () => {
	const arrive: ((answer: unknown) => void)[] = [];
	service.answer(QUOTES, () => new Promise((resolve) => arrive.push(resolve)));
	await shows(PLAN);
	const late = arrive.splice(0);
	await shows({ ...PLAN, dropoff: ELSEWHERE });
	amount = 1100;
	for (const each of arrive) each(quote("economy"));
	await page.settled();
	amount = 900;
	for (const each of late) each(quote("economy"));
	await page.settled();
	expect(prices()).toEqual(["Request for $11.00"]);
});

test("a price of other places is a first price, not a renewed one", async () => {
	await shows(PLAN);
	amount = 1100;
	await shows({ ...PLAN, dropoff: ELSEWHERE });
	expect(prices()).toEqual(["Request for $11.00"]);
	expect(page.text).not.toContain("The price was renewed.");
});

test("a price is renewed before it expires, and another one is said", async () => {
	await shows(PLAN);
	expect(page.text).not.toContain("The price was renewed.");
	amount = 950;
	await page.settled(109_999);
	expect(prices()).toEqual(["Request for $9.00"]);
	await page.settled(1);
	expect(prices()).toEqual(["Request for $9.50"]);
	expect(page.text).toContain("The price was renewed.");
});

test("if a price cannot be renewed, the old one cannot be requested", async () => {
	await shows(PLAN);
	service.answer(QUOTES, () => refusal(503, "failed"));
	await page.settled(110_000);
	expect(prices()).toEqual(["Request (disabled)"]);
	service.answer(QUOTES, (body) => quote((body as { product: string }).product));
	await page.settled(5_000);
	expect(prices()).toEqual(["Request for $9.00"]);
});

test("a price that expired meanwhile is replaced, and that is said", async () => {
	await shows(PLAN);
	answered = () => Promise.reject(refusal(409, "quote_expired"));
	amount = 950;
	await page.presses("Request for $9.00");
	expect(prices()).toEqual(["Request for $9.50"]);
	expect(page.text).toContain("The price had expired. Here is the new one.");
});

test("another refusal is told", async () => {
	await shows(PLAN);
	answered = () => Promise.reject(refusal(402, "payment_method_required"));
	await page.presses("Request for $9.00");
	expect(page.text).toContain("Refused: payment_method_required.");
	expect(cards.refresh).toHaveBeenCalledOnce();
});
