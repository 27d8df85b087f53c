import { describe, expect, it } from "vitest";
import { type Car, driving, standing } from "../../src/drive/car";
import { type Fix, Phone } from "../../src/drive/phone";
import { wayBetween } from "../../src/drive/way";
import { ahead, distanceM } from "../../src/map/place";

const HERE = { lat: 37.7749, lng: -122.4194 };
const NOW = Date.UTC(2026, 9, 1, 18);
const MOVING = driving(standing(HERE), wayBetween(HERE, ahead(HERE, 30, 3000), 0), 1, NOW);

class Network {
	up = true;
	reachable = true;
	readonly sent: (Fix & { ack: boolean })[] = [];
	readonly batches: Fix[][] = [];
	readonly phone = new Phone({
		connected: () => this.up,
		position: (fix) => {
			if (this.up) this.sent.push(fix);
			return this.up;
		},
		batch: async (fixes) => {
			if (!this.reachable) throw new Error("offline");
			this.batches.push(fixes);
		},
	});

	/** Let the phone's timer run every quarter of a second. */
	run(car: Car, onTrip: boolean, fromS: number, toS: number): void {
		for (let at = NOW + fromS * 1000; at < NOW + toS * 1000; at += 250) this.phone.tick(car, onTrip, at);
	}
}

function secondsBetween(fixes: Fix[]): number[] {
	return fixes.slice(1).map((fix, number) => {
		return (Date.parse(fix.recorded_at) - Date.parse(fixes[number]?.recorded_at ?? "")) / 1000;
	});
}

describe("a phone", () => {
	it("sends every 4 s while the car moves, with heading, speed and accuracy, and asks for every fourth answer", () => {
		const network = new Network();
		network.run(MOVING, false, 0, 33);
		expect(secondsBetween(network.sent)).toEqual(Array(8).fill(4));
		expect(network.sent.map((fix) => fix.ack)).toEqual([true, false, false, false, true, false, false, false, true]);
		expect(network.sent[3]).toMatchObject({ accuracy_m: 5, heading_deg: expect.any(Number), speed_mps: 8.5 });
		expect(network.sent[0]?.recorded_at).toBe("2026-10-01T18:00:00.000Z");
	});

	it("sends every 15 s while the car stands and waits, and every 4 s on a trip", () => {
		const waiting = new Network();
		waiting.run(standing(HERE), false, 0, 46);
		expect(secondsBetween(waiting.sent)).toEqual([15, 15, 15]);
		const onTrip = new Network();
		onTrip.run(standing(HERE), true, 0, 13);
		expect(secondsBetween(onTrip.sent)).toEqual([4, 4, 4]);
	});

	it("sends a position at once when the car arrives, and soon after it was put elsewhere", () => {
		const network = new Network();
		const short = driving(standing(HERE), wayBetween(HERE, ahead(HERE, 0, 20), 0), 1, NOW);
		network.run(short, false, 0, 12);
		const pauses = secondsBetween(network.sent);
		expect(pauses.slice(0, -1).every((seconds) => seconds === 4)).toBe(true);
		expect(pauses.at(-1)).toBeLessThan(4);
		network.phone.owe();
		const before = network.sent.length;
		network.run(standing(HERE), false, 12, 14);
		expect(network.sent).toHaveLength(before + 1);
	});

	it("sends the positions of the meantime as a batch if its timer was slow, none faster than the car", async () => {
		const network = new Network();
		network.phone.tick(MOVING, true, NOW);
		network.phone.tick(MOVING, true, NOW + 60_000);
		await network.phone.flush();
		const [batch = []] = network.batches;
		expect(batch).toHaveLength(15);
		for (const [number, seconds] of secondsBetween(batch).entries()) {
			const [a, b] = [batch[number], batch[number + 1]];
			if (a && b) expect(distanceM(a, b)).toBeLessThanOrEqual(8.6 * seconds);
		}
	});

	it("keeps positions while it has no connection, and sends them in order once it is back", async () => {
		const network = new Network();
		network.run(MOVING, true, 0, 8);
		network.up = network.reachable = false;
		network.phone.answered(network.sent[0]?.recorded_at ?? "");
		network.phone.lost();
		network.run(MOVING, true, 8, 29);
		expect(network.phone.kept).toBe(7); // one without an answer, six of the dead spot
		await network.phone.flush();
		expect(network.phone.kept).toBe(7);
		network.up = network.reachable = true;
		await network.phone.back();
		expect(network.phone.kept).toBe(0);
		expect(network.batches).toHaveLength(1);
		expect(secondsBetween(network.batches[0] ?? [])).toEqual(Array(6).fill(4));
		network.run(MOVING, true, 29, 33);
		expect(network.sent.at(-1)?.ack).toBe(true);
	});

	it("sends a position that was not answered before those that were kept later", async () => {
		const network = new Network();
		network.reachable = false;
		network.phone.tick(MOVING, true, NOW);
		network.phone.tick(MOVING, true, NOW + 20_000); // the timer was slow: a batch, which does not arrive
		await network.phone.flush();
		network.phone.lost();
		network.reachable = true;
		await network.phone.back();
		expect(network.batches).toHaveLength(1);
		expect(secondsBetween(network.batches[0] ?? [])).toEqual(Array(5).fill(4));
	});

	it("sends no more than 200 positions in one batch", async () => {
		const network = new Network();
		network.up = network.reachable = false;
		network.run(standing(HERE), true, 0, 1000);
		network.up = network.reachable = true;
		await network.phone.back();
		expect(network.batches.map((batch) => batch.length)).toEqual([200, 50]);
	});
});
