import { describe, expect, it } from "vitest";
import type { Schemas } from "../../src/api/rest";
import { dayOf, earned } from "../../src/drive/earnings";

type TripView = Schemas["TripView"];
const ME = "11111111-1111-4111-8111-111111111111";
const ZONE = "America/Los_Angeles";
const NOW = new Date("2026-10-02T02:00:00Z"); // seven in the evening of 1 October

function trip(members: Partial<TripView>): TripView {
	const paid = {
		state: "paid",
		driver_id: ME,
		currency: "USD",
		completed_at: "2026-10-01T20:00:00Z",
		final_amount_minor: 1000,
	};
	return { ...paid, ended_at: null, cancellation_fee_minor: 0, ...members } as TripView;
}

describe("a driver's day", () => {
	it("is the market's day", () => {
		expect(dayOf(NOW, ZONE)).toBe("2026-10-01");
		expect(dayOf(NOW, "Europe/Berlin")).toBe("2026-10-02");
	});

	it("sums what was paid today for rides that the person drove", () => {
		const trips = [
			trip({ final_amount_minor: 920 }),
			trip({ state: "completed", final_amount_minor: null }),
			trip({ driver_id: "22222222-2222-4222-8222-222222222222" }),
			trip({ completed_at: "2026-09-30T20:00:00Z" }),
			trip({ requested_at: "2026-10-01T06:50:00Z", completed_at: "2026-10-01T06:59:00Z" }), // a minute before midnight
			trip({ final_amount_minor: 12_000, currency: "JPY" }),
			trip({ state: "payment_failed" }),
			trip({ state: "cancelled", completed_at: null, ended_at: "2026-10-01T21:00:00Z", cancellation_fee_minor: 500 }),
			trip({ state: "cancelled", completed_at: null, ended_at: "2026-10-01T21:00:00Z" }),
			trip({ state: "in_progress", completed_at: null }),
		];
		const day = earned(trips, ME, NOW, ZONE, "USD");
		expect(day.totalMinor).toBe(1420);
		expect(day.rides).toHaveLength(4);
		expect(day.unsettled).toBe(1);
	});
});
