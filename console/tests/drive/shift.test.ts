import { describe, expect, it } from "vitest";
import type { Frames, LiveSchemas } from "../../src/api/live";
import {
	accepted,
	expired,
	FRESH,
	leftByDriver,
	offered,
	read,
	type Shift,
	synced,
	unread,
	updated,
	viewed,
	voided,
} from "../../src/drive/shift";
import type { TripView } from "../../src/trips/states";

const ME = "11111111-1111-4111-8111-111111111111";
const OTHER = "22222222-2222-4222-8222-222222222222";
const PICKUP = { lat: 37.7749, lng: -122.4194 };
const DROPOFF = { lat: 37.7849, lng: -122.4094 };
const NOW = Date.UTC(2026, 9, 1, 18);

function at(seconds: number): string {
	return new Date(NOW + seconds * 1000).toISOString();
}

function offer(id: string, offeredS = 0, sentS = offeredS, afterTrip: string | null = null) {
	const data: LiveSchemas["TripOffer"] = {
		trip_id: id,
		pickup: PICKUP,
		dropoff: DROPOFF,
		product: "economy",
		fare: { amount_minor: 920, currency: "USD" },
		scheduled_for: null,
		pickup_distance_m: 800,
		pickup_eta_s: 120,
		offered_at: at(offeredS),
		expires_at: at(offeredS + 15),
		after_trip: afterTrip,
	};
	return { type: "trip.offer", id: crypto.randomUUID(), at: at(sentS), data } satisfies Frames["trip.offer"];
}

type Update = LiveSchemas["TripUpdated"];

function update(
	id: string,
	version: number,
	state: Update["state"],
	event: Update["event"],
	driver: string | null = ME,
) {
	return { trip_id: id, version, state, event, at: at(version), rider_id: OTHER, driver_id: driver } as Update;
}

function heard(shift: Shift, ...updates: Update[]): Shift {
	return updates.reduce((known, each) => updated(known, each, ME), shift);
}

function view(id: string, version: number, state: TripView["state"], driver: string | null = ME): TripView {
	const members = { cancelled_by: null, cancel_reason: null, cancellation_fee_minor: 0 };
	return { id, version, state, driver_id: driver, pickup: PICKUP, dropoff: DROPOFF, ...members } as unknown as TripView;
}

const ASSIGNED = update("a", 3, "driver_assigned", "DriverAssigned");
const ARRIVED = update("a", 4, "driver_arrived", "DriverArrived");
const STARTED = update("a", 5, "in_progress", "TripStarted");
const COMPLETED = update("a", 6, "completed", "TripCompleted");
const PAID = update("a", 7, "paid", "TripPaid");

describe("an offer", () => {
	it("lives until its time is over, by the service's clock", () => {
		const phoneIsAnHourFast = NOW + 3_600_000;
		const shift = offered(FRESH, offer("a", 0, 1), phoneIsAnHourFast);
		expect(shift.offers[0]).toMatchObject({ until: phoneIsAnHourFast + 14_000, livesMs: 15_000 });
		expect(expired(shift, phoneIsAnHourFast + 13_999)).toBe(shift);
		expect(expired(shift, phoneIsAnHourFast + 14_000).offers).toEqual([]);
	});

	it("that expired on its way is not shown", () => {
		expect(offered(FRESH, offer("a", 0, 16), NOW).offers).toEqual([]);
	});

	it("that comes twice is one", () => {
		const once = offered(FRESH, offer("a"), NOW);
		expect(offered(once, offer("a"), NOW).offers).toHaveLength(1);
	});

	it("does not return after it was taken back, in whichever order the frames come; a later one counts", () => {
		const early = voided(FRESH, "a", at(5));
		expect(offered(early, offer("a", 0), NOW).offers).toEqual([]);
		expect(offered(early, offer("a", 6), NOW).offers).toHaveLength(1);
		expect(voided(offered(FRESH, offer("a"), NOW), "a", at(5)).offers).toEqual([]);
	});

	it("goes when others have the trip", () => {
		const shift = offered(FRESH, offer("a"), NOW);
		expect(heard(shift, update("a", 3, "driver_assigned", "DriverAssigned", OTHER)).offers).toEqual([]);
	});

	it("of two, the one that expires first stands first", () => {
		const shift = offered(offered(FRESH, offer("b", 3), NOW), offer("a", 1, 3), NOW);
		expect(shift.offers.map((each) => each.trip_id)).toEqual(["a", "b"]);
	});
});

describe("a trip", () => {
	it("is in hand with its places once the acceptance counts, before any frame of it", () => {
		const shift = accepted(offered(FRESH, offer("a"), NOW), "a", null, at(2));
		expect(shift.trip).toMatchObject({ id: "a", state: "driver_assigned", pickup: PICKUP, dropoff: DROPOFF });
		expect(shift.offers).toEqual([]);
		expect(unread(shift)).toBe("a");
	});

	it("is in the newest state, in whichever order and however often its frames come", () => {
		for (const frames of [
			[ASSIGNED, ARRIVED, STARTED],
			[STARTED, ARRIVED, ASSIGNED],
			[ARRIVED, ARRIVED, STARTED, ASSIGNED, STARTED],
		]) {
			expect(heard(FRESH, ...frames).trip).toMatchObject({ state: "in_progress", version: 5 });
		}
	});

	it("that is completed is an ended one, and is paid later; older frames do not bring it back", () => {
		const over = heard(FRESH, ASSIGNED, COMPLETED, STARTED);
		expect(over.trip).toBeNull();
		expect(over.ended).toMatchObject({ id: "a", how: "completed", state: "completed" });
		const paid = heard(over, PAID, COMPLETED);
		expect(paid.ended?.state).toBe("paid");
		expect(read(paid).ended).toBeNull();
		expect(accepted(over, "a", null, at(9)).trip).toBeNull();
	});

	it("that its rider cancels says who it was and what it costs", () => {
		const cancelled = {
			...update("a", 4, "cancelled", "TripCancelled"),
			cancelled_by: "rider",
			fee_minor: 500,
		} as const;
		expect(heard(FRESH, ASSIGNED, cancelled).ended).toMatchObject({ how: "cancelled", by: "rider", feeMinor: 500 });
	});

	it("that was handed back, or taken, is no longer in hand", () => {
		const shift = heard(FRESH, ASSIGNED, update("a", 4, "matching", "DriverCancelled", null));
		expect(shift.trip).toBeNull();
		expect(shift.ended?.how).toBe("handed_back");
		expect(unread(shift)).toBeNull();
		expect(leftByDriver(shift, "a").ended?.by).toBe("driver");
		expect(leftByDriver(shift, "b")).toBe(shift);
	});

	it("that REST tells is taken unless a frame was newer", () => {
		const shift = heard(FRESH, ASSIGNED, ARRIVED);
		expect(viewed(shift, "a", view("a", 3, "driver_assigned"), ME).trip?.state).toBe("driver_arrived");
		const newer = viewed(shift, "a", view("a", 5, "in_progress"), ME);
		expect(newer.trip).toMatchObject({ state: "in_progress", view: { version: 5 } });
		expect(unread(newer)).toBeNull();
		expect(heard(newer, STARTED)).toBe(newer);
	});

	it("that is another driver's now is gone", () => {
		const shift = heard(FRESH, ASSIGNED);
		expect(viewed(shift, "a", null, ME)).toMatchObject({ trip: null, ended: { how: "handed_back" } });
		expect(viewed(shift, "a", view("a", 6, "driver_assigned", OTHER), ME).trip).toBeNull();
	});
});

describe("a promised trip", () => {
	const busy = heard(FRESH, ASSIGNED, ARRIVED, STARTED);
	const promised = accepted(offered(busy, offer("b", 0, 0, "a"), NOW), "b", at(600), at(2));

	it("waits beside the one in hand", () => {
		expect(promised.trip?.id).toBe("a");
		expect(promised.next).toMatchObject({ trip_id: "b", until: at(600), pickup: PICKUP, pickup_at: at(120) });
	});

	it("is in hand once it is assigned, while the ended one is still shown", () => {
		const after = heard(promised, COMPLETED, update("b", 3, "driver_assigned", "DriverAssigned"));
		expect(after).toMatchObject({ trip: { id: "b", pickup: PICKUP }, next: null, ended: { id: "a" } });
	});

	it("is void if it is taken back", () => {
		expect(voided(promised, "b", at(30)).next).toBeNull();
	});

	it("stays if its acceptance is answered twice", () => {
		expect(accepted(promised, "b", at(600), at(3)).next?.trip_id).toBe("b");
	});
});

describe("a sync", () => {
	const snapshot = (version: number, state: TripView["state"]): LiveSchemas["TripSnapshot"] => ({
		trip_id: "a",
		rider_id: OTHER,
		driver_id: ME,
		state,
		version,
		pickup: PICKUP,
		dropoff: DROPOFF,
	});

	it("restores the trip and the promise after a reload", () => {
		const next = { trip_id: "b", after_trip: "a", pickup: PICKUP, dropoff: DROPOFF, pickup_at: at(60), until: at(90) };
		const shift = synced(FRESH, { trip: snapshot(5, "in_progress"), events: [], promised: next });
		expect(shift).toMatchObject({ trip: { id: "a", state: "in_progress", dropoff: DROPOFF }, next: { trip_id: "b" } });
		expect(unread(shift)).toBe("a");
	});

	it("that is older than a frame changes nothing of the trip", () => {
		const shift = heard(FRESH, ASSIGNED, ARRIVED);
		expect(synced(shift, { trip: snapshot(3, "driver_assigned"), events: [] }).trip?.state).toBe("driver_arrived");
	});

	it("without the trip in hand leaves its end to be asked for", () => {
		const shift = synced(heard(FRESH, ASSIGNED, STARTED), { trip: null, events: [] });
		expect(shift).toMatchObject({ trip: null, ended: { id: "a", how: "unknown" } });
		expect(unread(shift)).toBe("a");
		expect(viewed(shift, "a", view("a", 7, "paid"), ME).ended).toMatchObject({ how: "completed", state: "paid" });
		expect(viewed(shift, "a", null, ME).ended?.how).toBe("handed_back");
	});
});
