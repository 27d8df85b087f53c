import { expect, test } from "vitest";
import { asProblem, OFFLINE, ProblemError, told } from "../../src/api/problem";

const REFUSED = {
	status: 422,
	code: "invalid_input",
	detail: "Some values cannot be accepted.",
	errors: [{ field: "name", code: "too_long", detail: "At most 100 letters." }],
};

test("a refusal tells its own sentence, and the one of each field", () => {
	const error = new ProblemError(asProblem(422, REFUSED));
	expect(told(error)).toBe("Some values cannot be accepted.");
	expect([error.code, error.of("name"), error.of("email")]).toEqual([
		"invalid_input",
		"At most 100 letters.",
		undefined,
	]);
});

test.each([null, "<html>Bad gateway</html>", { message: "Forbidden" }, { code: "only_a_code" }])(
	"an answer of something between (%o) is told by its status",
	(body) => {
		expect(asProblem(502, body)).toEqual({ status: 502, code: "http_502", detail: "The service answered 502." });
	},
);

test("of other errors the page tells what it can", () => {
	expect(told(new ProblemError(OFFLINE))).toBe("There is no connection. Try again.");
	expect(told(new Error("The card was not accepted."))).toBe("The card was not accepted.");
	expect(told(undefined)).toBe("Something went wrong.");
});
