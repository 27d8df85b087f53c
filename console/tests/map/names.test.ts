import { afterEach, expect, test, vi } from "vitest";
import type { Market } from "../../src/api/config";
import { allNames, areaNames } from "../../src/map/names";

const PLACE = { lat: 0.5, lng: 0.5 };
const AIRPORT = { lat: 0.5, lng: 2.5 };

function area(west: number, properties: object) {
	const ring = [
		[west, 0],
		[west + 1, 0],
		[west + 1, 1],
		[west, 1],
		[west, 0],
	];
	return { type: "Feature", properties, geometry: { type: "Polygon", coordinates: [ring] } };
}

const MARKET = {
	basemap: { geojson: ["markets/x/roads.geojson", "markets/x/neighborhoods.geojson"] },
	areas: {
		features: [
			area(0, { kind: "zone", id: "z", name: "The whole city" }),
			area(2, { kind: "fifo", id: "f", name: "Airport" }),
		],
	},
} as unknown as Market;

afterEach(() => vi.unstubAllGlobals());

test("a place is named after its airport, and after no zone", () => {
	expect([areaNames(MARKET)(AIRPORT), areaNames(MARKET)(PLACE)]).toEqual(["Airport", null]);
});

test("other places are named after their neighbourhoods, if their file is there", async () => {
	const answer = vi.fn(async (_: URL) =>
		Response.json({ features: [area(0, { name: "Mission" }), area(2, { name: "By the airport" })] }),
	);
	vi.stubGlobal("document", { baseURI: "http://localhost/" });
	vi.stubGlobal("fetch", answer);
	const names = await allNames(MARKET);
	expect(answer.mock.calls.map(([url]) => url.href)).toEqual(["http://localhost/markets/x/neighborhoods.geojson"]);
	expect([names(PLACE), names(AIRPORT), names({ lat: 9, lng: 9 })]).toEqual(["Mission", "Airport", null]);
	answer.mockResolvedValueOnce(new Response(null, { status: 404 }));
	expect((await allNames(MARKET))(PLACE)).toBeNull();
});
