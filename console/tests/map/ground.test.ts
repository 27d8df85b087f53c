import { expect, test, vi } from "vitest";
import type { Market } from "../../src/api/config";
import { groundOf, hasTiles } from "../../src/map/ground";

function market(basemap: Market["basemap"]): Market {
	return { areas: { type: "FeatureCollection", features: [] }, basemap } as unknown as Market;
}

test("a market without a ground has its areas, and hexagons", () => {
	const ground = groundOf(market(null), "light");
	expect(Object.keys(ground.sources)).toEqual(["areas", "grid"]);
	expect(hasTiles(ground)).toBe(false);
});

test("tiles are read by ranges out of one file, below the market's areas", () => {
	const ground = groundOf(market({ pmtiles: "https://tiles.example/city.pmtiles" }), "dark");
	expect(ground.sources.tiles).toEqual({ type: "vector", url: "pmtiles://https://tiles.example/city.pmtiles" });
	expect(hasTiles(ground)).toBe(true);
	const ids = ground.layers.map((each) => each.id);
	expect(ids.indexOf("water")).toBeGreaterThan(ids.indexOf("earth"));
	expect(ids.indexOf("highways")).toBeLessThan(ids.indexOf("blackouts"));
	const used = ground.layers.flatMap((each) => ("source-layer" in each ? [each["source-layer"]] : []));
	expect(new Set(used)).toEqual(new Set(["earth", "water", "roads"]));
});

test("files of GeoJSON are found from the page, by absolute addresses", () => {
	vi.stubGlobal("document", { baseURI: "http://localhost:1/a/" });
	const ground = groundOf(market({ geojson: ["markets/x/roads.geojson"] }), "light");
	expect(ground.sources["basemap-0"]).toEqual({
		type: "geojson",
		data: "http://localhost:1/a/markets/x/roads.geojson",
	});
	expect(hasTiles(ground)).toBe(false);
	vi.unstubAllGlobals();
});
