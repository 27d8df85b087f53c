import { describe, expect, it } from "vitest";
import { ID, PHONE } from "../../src/app/patterns";

/** As the browser matches a field's `pattern`. */
function matches(pattern: string, value: string): boolean {
	return new RegExp(`^(?:${pattern})$`, "v").test(value);
}

describe("patterns of fields", () => {
	it.each(["+14155550100", "+1 415 555 0100", "+1 (415) 555-0100", "+49.30.123456 "])("take %s as a phone", (phone) => {
		expect(matches(PHONE, phone)).toBe(true);
		expect(phone.replace(/[\s().-]/g, "")).toMatch(/^\+[1-9][0-9]{6,14}$/);
	});

	it.each(["4155550100", "+0123456789", "+1415", "+1 415 555 0100 0000 000", "+1 call me"])(
		"do not take %s as a phone",
		(phone) => expect(matches(PHONE, phone)).toBe(false),
	);

	it("take an id as it is copied, and no short one", () => {
		expect(matches(ID, " 1870193d-f2c8-4810-b510-49f05820a122\n")).toBe(true);
		expect(matches(ID, "20a122")).toBe(false);
	});
});
