import { expect, test } from "vitest";
import { ProblemError } from "../../src/api/problem";
import { pause_ms } from "../../src/ride/quotes";
import { because, kilometres, minutes, money } from "../../src/ride/words";

test("amounts are shown in the currency's units", () => {
	expect(money(700, "USD")).toBe("$7.00");
	expect(money(700, "JPY")).toBe("¥700");
});

test("times and distances are as precise as people need them", () => {
	expect([minutes(20), minutes(100), minutes(3900)]).toEqual(["1 min", "2 min", "1 h 5 min"]);
	expect([kilometres(374), kilometres(1449)]).toEqual(["370 m", "1.4 km"]);
});

test("the reason of a fare names the quote, and what the driven way would have cost", () => {
	const reasons = { because: "quote_is_the_cap", quoted_minor: 900, computed_minor: 1130, coverage: 1 } as const;
	expect(because({ ...reasons, version: 1, limited_to_hold: false }, "USD")).toBe(
		"The driven way would have cost $11.30. You pay the quoted $9.00, because the car kept to the route.",
	);
	expect(because({ ...reasons, version: 1, limited_to_hold: true }, "USD")).toContain("held on your card");
});

test("prices are asked for again if that may help, after the time that the service names", () => {
	const refused = (status: number, retry_after_s?: number) =>
		new ProblemError({ status, code: "c", detail: "d", ...(retry_after_s ? { retry_after_s } : {}) });
	expect(pause_ms(refused(429, 7))).toBe(7_000);
	expect(pause_ms(refused(0))).toBeGreaterThan(0);
	expect(pause_ms(refused(503))).toBeGreaterThan(0);
	expect(pause_ms(refused(422))).toBeNull();
});
