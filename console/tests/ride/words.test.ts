import { expect, test } from "vitest";
import { because } from "../../src/ride/words";

test("the reason of a fare names the quote, and what the driven way would have cost", () => {
	const reasons = { because: "quote_is_the_cap", quoted_minor: 900, computed_minor: 1130, coverage: 1 } as const;
	expect(because({ ...reasons, version: 1, limited_to_hold: false }, "USD")).toBe(
		"The driven way would have cost $11.30. You pay the quoted $9.00, because the car kept to the route.",
	);
	expect(because({ ...reasons, version: 1, limited_to_hold: true }, "USD")).toContain("held on your card");
});
