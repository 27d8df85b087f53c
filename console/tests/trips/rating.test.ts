import { expect, test } from "vitest";
import { rateTrip } from "../../src/trips/rating";
import { RestDouble, refusal } from "../doubles";

const RATE = "POST /v1/trips/{trip_id}/ratings";

test("stars and a comment are sent", async () => {
	const service = new RestDouble();
	service.answer(RATE, () => ({}));
	await rateTrip(service.rest, "trip", 4, "A calm ride");
	expect(service.bodies(RATE)).toEqual([{ stars: 4, comment: "A calm ride" }]);
});

test("a trip that was rated before stays so, and other refusals are told", async () => {
	const service = new RestDouble();
	service.answer(RATE, () => refusal(409, "trip_already_rated"));
	await rateTrip(service.rest, "trip", 4, null);
	service.answer(RATE, () => refusal(409, "trip_not_over"));
	await expect(rateTrip(service.rest, "trip", 4, null)).rejects.toThrow("trip_not_over");
});
