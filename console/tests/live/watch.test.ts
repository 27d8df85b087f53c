import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { LiveSchemas } from "../../src/api/live";
import { City } from "../../src/live/city";
import { Watch } from "../../src/live/watch";
import { LiveDouble, refusal } from "../doubles";

const MARKET = "san_francisco";
const PART = { south: 37.7, west: -122.5, north: 37.8, east: -122.4 };
const COUNTS = { free: 0, to_pickup: 0, with_rider: 0, silent: 0, waiting: 0, trips: 0 };
const OUTSIDE = { drivers: 0, requests: 0, trips: 0 };

let line: LiveDouble;
let city: City;
let watch: Watch;
const refused = vi.fn();

beforeEach(async () => {
	vi.useFakeTimers();
	vi.stubGlobal("window", globalThis);
	refused.mockClear();
	line = new LiveDouble();
	line.answerBy = () => ({ market: MARKET });
	city = new City([-122.42, 37.77]);
	watch = new Watch(line.live, MARKET, city, refused);
	line.links("open");
	watch.start();
	watch.look(PART);
	await vi.advanceTimersByTimeAsync(0);
});

afterEach(() => {
	watch.stop();
	vi.useRealTimers();
	vi.unstubAllGlobals();
});

function frame(revision: number, market = MARKET): LiveSchemas["MarketDelta"] {
	return { market, revision, counts: COUNTS, outside: OUTSIDE };
}

/** What was asked since the last call: whether each asked for a snapshot. */
function asked(): unknown[] {
	return line.asked.splice(0).map((action) => "fresh" in action && action.fresh);
}

test("the first part of the map that is looked at asks for a snapshot of it", () => {
	expect(line.asked).toEqual([{ action: "market.watch", market: MARKET, viewport: PART, fresh: true }]);
});

test("a gap in the revisions asks for a snapshot, and frames in their order ask for nothing", () => {
	asked();
	line.push("market.snapshot", frame(1));
	line.push("market.delta", frame(2));
	line.push("market.delta", frame(2));
	expect(asked()).toEqual([]);
	line.push("market.delta", frame(4));
	expect(asked()).toEqual([true]);
	expect(city.version).toBe(2);
});

test("frames of another market are let pass", () => {
	asked();
	line.push("market.snapshot", frame(1, "new_york"));
	line.push("market.delta", frame(9, "new_york"));
	expect([city.version, asked()]).toEqual([0, []]);
});

test("a reconnect asks for a snapshot", () => {
	asked();
	line.links("closed");
	expect(asked()).toEqual([]);
	line.links("open");
	expect(asked()).toEqual([true]);
});

test("the subscription is kept alive, and asked for again after a silence", async () => {
	asked();
	for (let second = 0; second < 21; second++) {
		await vi.advanceTimersByTimeAsync(1000);
		line.push("market.snapshot", frame(1));
	}
	expect(asked()).toEqual([false]);
	await vi.advanceTimersByTimeAsync(30_000);
	expect(asked()).toContain(true);
});

test("a market that is left is not watched any more", () => {
	watch.stop();
	expect(line.sent).toEqual([{ action: "market.unwatch" }]);
});

test("a map that is being moved tells its part twice a second at most", async () => {
	asked();
	for (let move = 0; move < 10; move++) watch.look({ ...PART, north: PART.north + move });
	await vi.advanceTimersByTimeAsync(499);
	expect(asked()).toEqual([]);
	await vi.advanceTimersByTimeAsync(1);
	expect(line.asked).toMatchObject([{ viewport: { north: PART.north + 9 }, fresh: false }]);
});

test("a refusal is told until it is taken back; an answer that did not come is asked for again without a word", async () => {
	refused.mockClear();
	line.answerBy = () => undefined;
	await vi.advanceTimersByTimeAsync(20_000);
	expect(refused).not.toHaveBeenCalled();
	line.answerBy = () => refusal(403, "permission_missing");
	await vi.advanceTimersByTimeAsync(20_000);
	expect(refused).toHaveBeenLastCalledWith("Refused: permission_missing.");
	line.answerBy = () => ({ market: MARKET });
	await vi.advanceTimersByTimeAsync(20_000);
	expect(refused).toHaveBeenLastCalledWith(null);
});
