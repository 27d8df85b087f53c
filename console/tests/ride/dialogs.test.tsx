import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Market } from "../../src/api/config";
import type { Rest } from "../../src/api/rest";
import { AccountDialog } from "../../src/ride/AccountDialog";
import { AddTestCard } from "../../src/ride/AddTestCard";
import { CardsDialog } from "../../src/ride/CardsDialog";
import { type Card, useCards } from "../../src/ride/cards";
import { TripHistory } from "../../src/ride/TripHistory";
import { useReceipt } from "../../src/trips/receipt";
import { RestDouble, refusal } from "../doubles";
import { Page } from "../page";

const PLACE = { lat: 37.7749, lng: -122.4194 };
const MARKET = { time_zone: "America/Los_Angeles", currency: "USD" } as unknown as Market;
const TRIP = {
	id: "t",
	state: "paid",
	requested_at: "2026-10-02T02:05:00Z",
	pickup: PLACE,
	dropoff: PLACE,
	vehicle: null,
	currency: "USD",
	quoted_amount_minor: 900,
	final_amount_minor: 820,
	cancellation_fee_minor: 0,
	driven_distance_m: null,
	driven_duration_s: null,
};
const RECEIPT = {
	amount_minor: 820,
	carried_minor: 0,
	charged_minor: 820,
	currency: "USD",
	issued_at: "2026-10-02T02:35:00Z",
	card: { brand: "visa", last4: "4242" },
	reasons: null,
	breakdown: {
		currency: "USD",
		total_minor: 820,
		lines: [
			{ kind: "base", amount_minor: 1000 },
			{ kind: "tolls", amount_minor: 0 },
			{ kind: "discount", amount_minor: -180 },
		],
	},
};

let page: Page;
let service: RestDouble;
let person: { rest: Rest; session: object };
vi.mock("../../src/app/person", () => ({ usePerson: () => person }));
vi.mock("../../src/app/Settings", () => ({
	useDeployment: () => ({ config: { stripe_url: "http://stripe.example" } }),
}));
vi.mock("../../src/design/theme", () => ({ useTheme: () => "light" }));

beforeEach(() => {
	vi.useFakeTimers();
	page = new Page();
	service = new RestDouble();
	person = { rest: service.rest, session: {} };
});

afterEach(async () => {
	await page.shows(null);
	vi.useRealTimers();
	vi.unstubAllGlobals();
});

async function history(...trips: object[]): Promise<void> {
	service.answer("GET /v1/trips", () => ({ trips, next_cursor: null }));
	await page.shows(<TripHistory market={MARKET} names={() => null} close={() => undefined} />);
}

test("a receipt has all lines that are not zero, their sum, the card, and the time of the market", async () => {
	service.answer("GET /v1/trips/{trip_id}/receipt", () => RECEIPT);
	await history(TRIP);
	expect(page.text).toContain("Thu, Oct 1, 7:05 PM · Paid");
	await page.presses("Paid");
	expect(page.one("dl").text).toBe("Base fare$10.00Discount-$1.80Total$8.20");
	expect(page.text).toContain("Paid with Visa •••• 4242");
	expect(page.text).toContain("Thu, Oct 1, 7:35 PM");
});

test.each([
	[{}, ["Paid with Visa •••• 4242"], ["earlier rides", "next ride"]],
	[{ charged_minor: 0 }, ["it will be charged with your next ride"], ["Paid with"]],
	[
		{ carried_minor: 40, charged_minor: 860 },
		["Paid with Visa •••• 4242", "$8.60 were charged, with $0.40 of earlier rides"],
		["next ride"],
	],
	[{ amount_minor: 0, charged_minor: 0 }, [], ["next ride", "earlier rides"]],
	[{ card: null }, [], ["Paid with"]],
])("a receipt says what the card was charged: %o", async (more, told, untold) => {
	service.answer("GET /v1/trips/{trip_id}/receipt", () => ({ ...RECEIPT, ...more }));
	await history(TRIP);
	await page.presses("Paid");
	for (const words of told) expect(page.text).toContain(words);
	for (const words of untold) expect(page.text).not.toContain(words);
});

test.each([
	[{ state: "cancelled" }, "Nothing was charged."],
	[{ state: "completed" }, "The fare is being charged to your card."],
	[{ state: "payment_failed" }, "Your card was declined. You owe $8.20."],
	[{ state: "in_progress" }, "Your card is charged after the ride."],
])("a trip without a receipt says what it costs: %o", async (more, told) => {
	await history({ ...TRIP, ...more });
	await page.presses("Thu, Oct 1");
	expect(page.text).toContain(told);
});

test("a cancelled trip with a fee has a receipt, which comes a moment later", async () => {
	service.answer("GET /v1/trips/{trip_id}/receipt", () => refusal(404, "receipt_not_found"));
	await history({ ...TRIP, state: "cancelled", final_amount_minor: null, cancellation_fee_minor: 500 });
	await page.presses("$5.00");
	expect(page.text).toContain("Looking for the receipt");
	service.answer("GET /v1/trips/{trip_id}/receipt", () => ({ ...RECEIPT, kind: "cancellation_fee" }));
	await page.settled(2_000);
	expect(page.text).toContain("This is the fee for a cancelled ride.");
});

function Amount({ id }: { id: string }) {
	return <p>{useReceipt(person.rest, id)?.amount_minor ?? "none"}</p>;
}

test("a receipt is that of the trip that is shown now", async () => {
	const arrive: ((receipt: unknown) => void)[] = [];
	service.answer("GET /v1/trips/{trip_id}/receipt", () => new Promise((resolve) => arrive.push(resolve)));
	await page.shows(<Amount id="t" />);
	await page.shows(<Amount id="u" />);
	arrive[0]?.(RECEIPT);
	await page.settled();
	expect(page.text).toBe("none");
	arrive[1]?.({ ...RECEIPT, amount_minor: 640 });
	await page.settled();
	expect(page.text).toBe("640");
});

test("older trips follow the newer ones", async () => {
	service.answer("GET /v1/trips", () => ({ trips: [TRIP], next_cursor: "older" }));
	await page.shows(<TripHistory market={MARKET} names={() => null} close={() => undefined} />);
	const older = { ...TRIP, id: "u", requested_at: "2026-10-02T01:00:00Z" };
	service.answer("GET /v1/trips", () => ({ trips: [older], next_cursor: null }));
	await page.presses("Older trips");
	expect(page.named("button", "Oct 1")).toHaveLength(2);
	expect(page.text.indexOf("7:05 PM")).toBeLessThan(page.text.indexOf("6:00 PM"));
});

function card(id: string, last4: string, is_default = false): Card {
	return { id, brand: "visa", last4, exp_month: 3, exp_year: 2031, is_default } as unknown as Card;
}

function Payer() {
	const cards = useCards(person.rest);
	return <p>{cards.payer ? cards.payer.last4 : "none"}</p>;
}

test("the card that pays is the one that the service names", async () => {
	service.answer("GET /v1/riders/me/cards", () => ({
		cards: [card("a", "1111"), card("b", "2222", true), card("c", "3333")],
	}));
	await page.shows(<Payer />);
	expect(page.text).toBe("2222");
	const all = [card("a", "1111", true), card("b", "2222")];
	await page.shows(
		<CardsDialog cards={{ cards: all, payer: null, refresh: async () => all }} close={() => undefined} />,
	);
	expect(page.text).toContain("Visa •••• 1111 03/31Pays");
});

test("a card is there once the service has it, not before", async () => {
	const added = vi.fn();
	const refresh = vi.fn(async () => [card("a", "1111")]);
	vi.stubGlobal("fetch", async () => Response.json({}));
	service.answer("POST /v1/riders/me/cards", () => ({ setup_intent_id: "seti", client_secret: "secret" }));
	await page.shows(<AddTestCard cards={{ cards: [card("a", "1111")], payer: null, refresh }} added={added} />);
	await page.submits(page.one("form"), 2);
	await page.settled(1_000);
	expect(added).not.toHaveBeenCalled();
	refresh.mockResolvedValue([card("a", "1111"), card("b", "2222")]);
	await page.settled(1_000);
	expect(added).toHaveBeenCalledOnce();
	expect(service.bodies("POST /v1/riders/me/cards")).toHaveLength(1);
});

test("a card that is declined is told by Stripe's sentence", async () => {
	vi.stubGlobal("fetch", async () => Response.json({ error: { message: "Your card was declined." } }, { status: 402 }));
	service.answer("POST /v1/riders/me/cards", () => ({ setup_intent_id: "seti", client_secret: "secret" }));
	await page.shows(<AddTestCard cards={{ cards: [], payer: null, refresh: async () => [] }} added={() => undefined} />);
	await page.submits(page.one("form"));
	expect(page.text).toContain("Your card was declined.");
});

test("a new name leaves the rest of the profile as it was", async () => {
	const favourites = [{ label: "Gym", point: PLACE }];
	const profile = { name: "Rita", version: 4, phone: "+14155550100", home: { point: PLACE }, favourites };
	service.answer("GET /v1/riders/me", () => profile);
	service.answer("PUT /v1/riders/me", (body) => body);
	await page.shows(<AccountDialog close={() => undefined} />);
	await page.fills(page.one("input"), "Rita R.");
	await page.submits(page.one("form"));
	expect(service.bodies("PUT /v1/riders/me")).toEqual([{ ...profile, name: "Rita R.", work: null }]);
	expect(page.text).toContain("Your name is saved.");
});
