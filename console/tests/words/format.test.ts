import { expect, test } from "vitest";
import {
	clock,
	clockWithSeconds,
	count,
	dayAndClock,
	distance,
	duration,
	elapsed,
	money,
} from "../../src/words/format";

const EVENING = "2026-10-02T02:05:09Z";

test("amounts are shown in the currency's units", () => {
	expect(money(700, "USD")).toBe("$7.00");
	expect(money(700, "JPY")).toBe("¥700");
});

test("lengths are as precise as people need them", () => {
	expect([374, 994, 996, 1449, 9949, 12_400].map(distance)).toEqual([
		"370 m",
		"990 m",
		"1.0 km",
		"1.4 km",
		"9.9 km",
		"12 km",
	]);
});

test("how long something takes is told in seconds, minutes or hours", () => {
	expect([0, 21, 54, 55, 100, 3900].map(duration)).toEqual(["5 s", "25 s", "55 s", "1 min", "2 min", "1 h 5 min"]);
});

test("none and several are many, one is one", () => {
	expect([0, 1, 2].map((number) => count(number, "car"))).toEqual(["0 cars", "1 car", "2 cars"]);
});

test("what has passed is told in minutes and seconds, and never less than nothing", () => {
	expect([-500, 7_900, 760_000].map(elapsed)).toEqual(["0:00", "0:07", "12:40"]);
});

test("times are those of the market's clocks, whatever the browser's are", () => {
	expect(clock(EVENING, "America/Los_Angeles")).toBe("7:05 PM");
	expect(clock(Date.parse(EVENING), "America/New_York")).toBe("10:05 PM");
	expect(clockWithSeconds(EVENING, "America/Los_Angeles")).toBe("07:05:09 PM");
	expect(dayAndClock(EVENING, "America/Los_Angeles")).toBe("Thu, Oct 1, 7:05 PM");
});
