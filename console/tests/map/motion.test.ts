import { expect, test } from "vitest";
import { Motion, turned } from "../../src/map/motion";

const HERE = { lat: 37.77, lng: -122.42, heading_deg: null };
const EAST = { lat: 37.77, lng: -122.418, heading_deg: null };

test("a car drives from where it is shown to the new position, and is there after the usual time", () => {
	const motion = new Motion(HERE, 0);
	motion.heard(EAST, 1_000);
	expect(motion.at(1_000).lng).toBeCloseTo(-122.42);
	expect(motion.at(3_000).lng).toBeCloseTo(-122.419);
	expect(motion.isThere(3_000)).toBe(false);
	expect(motion.at(60_000)).toMatchObject({ lat: 37.77, lng: -122.418 });
	expect(motion.isThere(60_000)).toBe(true);
});

test("a position that comes on the way does not make the car jump", () => {
	const motion = new Motion(HERE, 0);
	motion.heard(EAST, 0);
	const before = motion.at(2_000);
	motion.heard({ ...EAST, lng: -122.416 }, 2_000);
	expect(motion.at(2_000).lng).toBeCloseTo(before.lng);
});

test("a car that was away for long is shown at once where it is", () => {
	const motion = new Motion(HERE, 0);
	motion.heard({ ...HERE, lat: 37.8 }, 1_000);
	expect(motion.at(1_000).lat).toBeCloseTo(37.8);
});

test("a car without a told heading looks where it drives, and keeps that when it stands", () => {
	const motion = new Motion(HERE, 0);
	motion.heard(EAST, 0);
	expect(motion.at(4_000).heading_deg).toBeCloseTo(90);
	motion.heard(EAST, 8_000);
	expect(motion.at(12_000).heading_deg).toBeCloseTo(90);
});

test("a turn takes the shorter way around", () => {
	expect(turned(350, 10, 0.5)).toBeCloseTo(0);
	expect(turned(10, 350, 0.5)).toBeCloseTo(0);
	expect(turned(null, 40, 0.1)).toBe(40);
});
