import { describe, expect, it } from "vitest";
import { Fleet, GLIDE_MS } from "../../src/live/fleet";
import type { CarRow } from "../../src/live/frames";

const ORIGIN: [number, number] = [-122.42, 37.77];

describe("a fleet on the map", () => {
	it("shows a new car where it is, and lets it glide from there", () => {
		const fleet = new Fleet(ORIGIN);
		fleet.put([1, 3777000, -12242000, 0, 90], "a", 0);
		expect(fleet.placeOf("a")?.lng).toBeCloseTo(-122.42, 6);
		fleet.put([1, 3777000, -12241000, 1, 90], undefined, 10_000);
		fleet.glide(10_000 + GLIDE_MS / 2);
		expect(fleet.placeOf("a")?.lng).toBeCloseTo(-122.415, 5);
		expect(fleet.glide(10_000 + GLIDE_MS)).toBe(false);
		expect(fleet.placeOf("a")?.lng).toBeCloseTo(-122.41, 5);
		expect(fleet.stateOf("a")).toBe(1);
	});

	it("goes on from where a car is shown when the next position comes early", () => {
		const fleet = new Fleet(ORIGIN);
		fleet.put([1, 3777000, -12242000, 0, 0], "a", 0);
		fleet.put([1, 3777000, -12241000, 0, 0], undefined, 0);
		fleet.put([1, 3777000, -12240000, 0, 0], undefined, GLIDE_MS / 2);
		fleet.glide(GLIDE_MS / 2);
		expect(fleet.placeOf("a")?.lng).toBeCloseTo(-122.415, 5);
	});

	it("does not fly across the city", () => {
		const fleet = new Fleet(ORIGIN);
		fleet.put([1, 3777000, -12242000, 0, 0], "a", 0);
		fleet.put([1, 3780000, -12245000, 0, 0], undefined, 0);
		fleet.glide(1);
		expect(fleet.placeOf("a")?.lat).toBeCloseTo(37.8, 5);
	});

	it("keeps the others when one leaves", () => {
		const fleet = new Fleet(ORIGIN);
		for (let handle = 0; handle < 200; handle++) {
			fleet.put([handle, 3777000 + handle, -12242000, (handle % 4) as CarRow[3], handle], `d${handle}`, 0);
		}
		fleet.remove(3);
		fleet.remove(199);
		fleet.remove(3);
		expect(fleet.size).toBe(198);
		expect(fleet.placeOf("d3")).toBeNull();
		for (let handle = 0; handle < 199; handle++) {
			if (handle === 3) continue;
			expect(fleet.placeOf(`d${handle}`)?.lat).toBeCloseTo(37.77 + handle / 1e5, 5);
			expect(fleet.stateOf(`d${handle}`)).toBe(handle % 4);
		}
	});

	it("lets cars glide on through a snapshot that numbers them anew", () => {
		const fleet = new Fleet(ORIGIN);
		fleet.put([1, 3777000, -12242000, 0, 0], "a", 0);
		fleet.put([1, 3777000, -12241000, 0, 0], undefined, 0);
		fleet.glide(GLIDE_MS / 2);
		fleet.clear();
		fleet.put([9, 3777000, -12241000, 0, 0], "a", GLIDE_MS / 2);
		fleet.glide(GLIDE_MS / 2);
		expect(fleet.placeOf("a")?.lng).toBeCloseTo(-122.415, 5);
		fleet.glide(2 * GLIDE_MS);
		expect(fleet.placeOf("a")?.lng).toBeCloseTo(-122.41, 5);
	});

	it("ignores a car whose driver was never named", () => {
		const fleet = new Fleet(ORIGIN);
		fleet.put([1, 3777000, -12242000, 0, 0], undefined, 0);
		expect(fleet.size).toBe(0);
	});

	it("does not tell a heading that the phone does not tell", () => {
		const fleet = new Fleet(ORIGIN);
		fleet.put([1, 3777000, -12242000, 0, -1], "a", 0);
		expect(fleet.headings[0]).toBeNaN();
	});
});
