import { expect, test } from "vitest";
import { emptyPlan, planned } from "../../src/ride/plan";

const HERE = { lat: 37.7749, lng: -122.4194 };
const THERE = { lat: 37.7849, lng: -122.4094 };

test("the pickup is chosen first, then the dropoff, then nothing", () => {
	const first = planned(emptyPlan("economy"), { type: "place", end: "pickup", point: HERE });
	expect(first.choosing).toBe("dropoff");
	const both = planned(first, { type: "place", end: "dropoff", point: THERE });
	expect(both).toMatchObject({ pickup: HERE, dropoff: THERE, choosing: null });
});

test("who begins with the dropoff is asked for the pickup", () => {
	const plan = planned(emptyPlan("economy"), { type: "choose", end: "dropoff" });
	expect(planned(plan, { type: "place", end: "dropoff", point: THERE }).choosing).toBe("pickup");
});

test("places are as precise as a finger", () => {
	const plan = planned(emptyPlan("economy"), { type: "place", end: "pickup", point: { lat: 37.123456789, lng: -1.2 } });
	expect(plan.pickup).toEqual({ lat: 37.12346, lng: -1.2 });
});

test("a ride that ended without a driver is planned again as it was, also after a reload", () => {
	const again = planned(emptyPlan("economy"), { type: "again", pickup: HERE, dropoff: THERE, product: "xl" });
	expect(again).toEqual({ pickup: HERE, dropoff: THERE, choosing: null, product: "xl" });
});
