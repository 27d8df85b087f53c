import { expect, test } from "vitest";
import { ahead, boundsOf, distanceM, headingDeg } from "../../src/map/place";

const HERE = { lat: 37.77, lng: -122.42 };
const EAST = { lat: 37.77, lng: -122.418 };

test("distances and directions of a city are right", () => {
	expect(distanceM(HERE, EAST)).toBeCloseTo(175.8, 0);
	expect(headingDeg(HERE, EAST)).toBeCloseTo(90);
	expect(headingDeg(HERE, { lat: 37.76, lng: -122.42 })).toBeCloseTo(180);
	expect(headingDeg(EAST, HERE)).toBeCloseTo(270);
});

test("all of several places are in view, whichever comes first", () => {
	const corners = [
		[-122.5, 37.7],
		[-122.4, 37.8],
	];
	const [one, other] = [
		{ lat: 37.7, lng: -122.4 },
		{ lat: 37.8, lng: -122.5 },
	];
	expect(boundsOf([one, other])).toEqual(corners);
	expect(boundsOf([other, { lat: 37.75, lng: -122.45 }, one])).toEqual(corners);
});

test.each([0, 77, 180, 301])("a place ahead in direction %d lies as far away, and there", (direction) => {
	const place = ahead(HERE, direction, 1200);
	expect(distanceM(HERE, place)).toBeCloseTo(1200, 1);
	expect(headingDeg(HERE, place)).toBeCloseTo(direction, 1);
});
