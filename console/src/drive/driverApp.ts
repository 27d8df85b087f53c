/**
 * A driver's app: it knows what the API tells, sends positions, and does what the driver says.
 *
 * It has no view. What it knows is one value that is replaced with each change (`snapshot`), for React's
 * `useSyncExternalStore`. Times are milliseconds since the epoch.
 */

import type { Market } from "../api/config";
import type { Link, Live, LiveSchemas } from "../api/live";
import { ProblemError, told } from "../api/problem";
import type { Rest, Schemas } from "../api/rest";
import { type Car, driving, paced, seen, standing, stopped, type Times } from "./car";
import type { Day } from "./earnings";
import { type Fix, Phone } from "./phone";
import * as reads from "./reads";
import { heads, isHeading, type Remembered, remember, remembered } from "./remembered";
import { ofEnd, ofOffer, ofTrip, ofVerdict, ofVerdicts } from "./sentences";
import type { Shift, TripView } from "./shift";
import * as shifts from "./shift";
import { gridOf, type Place, wayBetween } from "./way";

export type DriverView = Schemas["DriverView"];

export interface Known {
	/** Undefined until it was read; null for somebody who is not registered. */
	me: DriverView | null | undefined;
	shift: Shift;
	link: Link;
	car: Car;
	times: Times;
	/** The car drives by itself: also to the next place. */
	selfDriving: boolean;
	/** Whether trips can be offered now; null until the service said it. */
	matchable: boolean | null;
	/** Why the last position does not count. */
	rejected: string | null;
	/** Positions that wait for a connection. */
	kept: number;
	queue: Schemas["PlaceInQueueView"] | null;
	destination: Schemas["DestinationView"] | null;
	day: Day | null;
	receipt: Schemas["ReceiptView"] | null;
	/** Offers that are being answered. */
	answering: readonly string[];
	/** The last sentence for screen readers. */
	said: string;
	/** The last refusal that belongs to no form. */
	problem: string | null;
}

const ASK_AGAIN_MS = 3000;
const QUEUE_EVERY_MS = 20_000;
const ARRIVAL_TRIES = 4;
const NOT_SEEN_YET = new Set(["not_at_pickup", "position_unknown"]);
const TAKEN_OFFLINE = "You were taken offline: the service had heard nothing from this phone for a minute.";
/** The answer to a driver whose first acceptance counted, but was not answered in time. */
const ACCEPTED_BEFORE = "offer_accepted";

export class DriverApp {
	private readonly rest: Rest;
	private readonly live: Live;
	private readonly market: Market;
	private readonly listeners = new Set<() => void>();
	private readonly asking = new Set<string>();
	private readonly phone: Phone;
	private known: Known;
	private ends: (() => void)[] = [];
	private queueAskedAt = 0;
	private readingMe: Promise<void> | null = null;

	constructor(rest: Rest, live: Live, market: Market) {
		this.rest = rest;
		this.live = live;
		this.market = market;
		this.phone = new Phone({
			connected: () => this.live.link() === "open",
			position: (fix) => this.live.send({ action: "location", ...fix }),
			batch: (fixes, sentAt) => this.sendKept(fixes, sentAt),
		});
		const { lat, lng } = market.view;
		const beginning: Remembered = { car: standing({ lat, lng }), offers: [], times: 1, selfDriving: false };
		const { car, offers, times, selfDriving } = remembered() ?? beginning;
		this.known = {
			me: undefined,
			shift: { ...shifts.FRESH, offers },
			link: live.link(),
			car,
			times,
			selfDriving,
			matchable: null,
			rejected: null,
			kept: 0,
			queue: null,
			destination: null,
			day: null,
			receipt: null,
			answering: [],
			said: "",
			problem: null,
		};
	}

	snapshot = (): Known => this.known;

	subscribe = (listener: () => void): (() => void) => {
		this.listeners.add(listener);
		return () => this.listeners.delete(listener);
	};

	/** Listen, and let the phone work, until `stop`. */
	start(): void {
		const clock = new Worker(new URL("./clock.ts", import.meta.url), { type: "module" });
		clock.onmessage = () => this.tick(Date.now());
		const hear = <Data>(type: string, heard: (data: Data, at: string) => void) =>
			this.live.on<Data>(type, (frame) => heard(frame.data, frame.at));
		this.ends = [
			() => clock.terminate(),
			this.live.onLink(() => this.linked()),
			this.live.on<LiveSchemas["TripOffer"]>("trip.offer", (frame) =>
				this.change(shifts.offered(this.known.shift, frame, Date.now())),
			),
			hear<LiveSchemas["OfferAccepted"]>("offer.accepted", (data, at) =>
				this.change(shifts.accepted(this.known.shift, data.trip_id, data.promised_until ?? null, at)),
			),
			hear<LiveSchemas["OfferDeclined"]>("offer.declined", (data, at) => this.takeBack(data.trip_id, at)),
			hear<LiveSchemas["OfferWithdrawn"]>("offer.withdrawn", (data, at) => this.withdrawn(data.trip_id, at)),
			hear<LiveSchemas["TripUpdated"]>("trip.updated", (data) =>
				this.change(shifts.updated(this.known.shift, data, this.id)),
			),
			hear<LiveSchemas["LocationRecorded"]>("location.recorded", (data) => {
				this.phone.answered(data.recorded_at);
				this.set({ matchable: data.matchable, rejected: null });
			}),
			hear<LiveSchemas["LocationRejected"]>("location.rejected", (data) => {
				this.phone.answered(data.recorded_at);
				this.rejected(data.verdict, data.matchable);
			}),
			hear<{ action?: string; code: string }>("problem", (data) => {
				if (data.action === "location" && data.code === "driver_not_online") void this.wasTakenOffline();
			}),
		];
		void this.readMe();
		this.linked();
	}

	stop(): void {
		for (const end of this.ends) end();
		this.ends = [];
	}

	/** Read the driver's own data, and what depends on it. Calls at the same time share one request. */
	readMe(): Promise<void> {
		this.readingMe ??= this.meRead().finally(() => {
			this.readingMe = null;
		});
		return this.readingMe;
	}

	private async meRead(): Promise<void> {
		try {
			const { data } = await this.rest.GET("/v1/drivers/me");
			if (data) this.meIs(data);
		} catch (error) {
			if (error instanceof ProblemError && error.code === "driver_not_found") this.set({ me: null });
			else this.fail(error);
		}
	}

	async goOnline(vehicleId: string): Promise<void> {
		const { lat, lng } = seen(this.known.car, Date.now()).at;
		const { data } = await this.rest.POST("/v1/drivers/me/online", { body: { vehicle_id: vehicleId, lat, lng } });
		this.phone.begin();
		this.set({ matchable: null, rejected: null, problem: null, said: "You are online. Wait for offers." });
		if (data) this.meIs(data);
	}

	async goOffline(): Promise<void> {
		const { data } = await this.rest.POST("/v1/drivers/me/offline");
		this.halt();
		heads(false);
		this.set({ queue: null, destination: null, said: "You are offline." });
		if (data) this.meIs(data);
	}

	/** Take an offer: over the WebSocket, or by REST if that does not answer. Throws what is refused. */
	async accept(tripId: string): Promise<void> {
		await this.answer(tripId, async () => {
			const answer = await this.asked<LiveSchemas["OfferAccepted"]>({ action: "offer.accept", trip_id: tripId });
			const by = answer ?? (await this.acceptByRest(tripId));
			this.change(shifts.accepted(this.known.shift, tripId, by.promised_until ?? null, new Date().toISOString()));
		});
	}

	async decline(tripId: string): Promise<void> {
		await this.answer(tripId, async () => {
			const answer = await this.asked({ action: "offer.decline", trip_id: tripId });
			if (!answer) await this.rest.POST("/v1/trips/{trip_id}/offer/decline", { params: { path: { trip_id: tripId } } });
			this.takeBack(tripId, new Date().toISOString());
		});
	}

	/** The driver is at the pickup. The phone's last position may still be on its way: then the app asks again. */
	async arrive(tripId: string, isThere: boolean): Promise<void> {
		for (let attempt = 1; ; attempt++) {
			try {
				const { data } = await this.rest.POST("/v1/trips/{trip_id}/arrive", this.of(tripId));
				return this.view(tripId, data ?? null);
			} catch (error) {
				const late = error instanceof ProblemError && NOT_SEEN_YET.has(error.code) && isThere;
				if (!late || attempt === ARRIVAL_TRIES) throw error;
				this.phone.owe();
				await pause(1000);
			}
		}
	}

	async begin(tripId: string, pin: string): Promise<void> {
		const { data } = await this.rest.POST("/v1/trips/{trip_id}/start", { ...this.of(tripId), body: { pin } });
		this.view(tripId, data ?? null);
	}

	async complete(tripId: string): Promise<void> {
		const { data } = await this.rest.POST("/v1/trips/{trip_id}/complete", this.of(tripId));
		this.view(tripId, data ?? null);
	}

	/** Hand the trip back, or report that the rider did not come: the service decides which it is. */
	async cancel(tripId: string, reason: string | null): Promise<void> {
		const { data } = await this.rest.POST("/v1/trips/{trip_id}/cancel", { ...this.of(tripId), body: { reason } });
		this.view(tripId, data ?? null);
		this.change(shifts.leftByDriver(this.known.shift, tripId));
	}

	async register(person: Schemas["RegisterDriver"]): Promise<void> {
		const { data } = await this.rest.POST("/v1/drivers/me", { ...once(), body: person });
		if (data) this.meIs(data);
	}

	async addVehicle(vehicle: Schemas["AddVehicle"]): Promise<void> {
		await this.rest.POST("/v1/drivers/me/vehicles", { ...once(), body: vehicle });
		await this.readMe();
	}

	async rate(tripId: string, stars: number): Promise<void> {
		await this.rest.POST("/v1/trips/{trip_id}/ratings", {
			params: { ...this.of(tripId).params, ...once().params },
			body: { stars },
		});
	}

	async headFor(place: Place): Promise<void> {
		heads(true); // before the answer, which may be lost
		const { data } = await this.rest.PUT("/v1/drivers/me/destination", { body: { place } });
		this.set({ destination: data ?? null, said: "Only trips that lead to your destination are offered." });
	}

	async headAnywhere(): Promise<void> {
		await this.rest.DELETE("/v1/drivers/me/destination");
		heads(false);
		this.set({ destination: null, said: "All trips are offered again." });
	}

	async prefer(preferences: Schemas["PutPreferences"]): Promise<void> {
		const { data } = await this.rest.PUT("/v1/drivers/me/preferences", { body: preferences });
		if (data) this.meIs(data);
	}

	/** The driver has read what became of the last trip. */
	dismiss(): void {
		this.change(shifts.read(this.known.shift));
		this.set({ receipt: null });
	}

	forgetProblem(): void {
		this.set({ problem: null });
	}

	/** Put the car at a place, by hand. */
	put(at: Place, headingDeg: number | null): void {
		this.move(standing(at, headingDeg ?? this.known.car.headingDeg), false);
		this.phone.owe();
	}

	/** Let the car drive by itself to where the trip needs it, and on from there. */
	drive(): void {
		const now = Date.now();
		const to = target(this.known.shift);
		if (!to) return;
		const car = stopped(this.known.car, now);
		const way = wayBetween(car.at, to, gridOf(this.market.id));
		this.move(driving(car, way, this.known.times, now), true);
	}

	/** Stop the car where it is. */
	halt(): void {
		this.move(stopped(this.known.car, Date.now()), false);
	}

	pace(times: Times): void {
		this.set({ times });
		this.move(paced(this.known.car, times, Date.now()), this.known.selfDriving);
	}

	private get id(): string {
		return this.known.me?.id ?? "";
	}

	/** Whether the service takes this phone's positions. */
	private get works(): boolean {
		return this.known.me?.online === true || this.known.shift.trip !== null;
	}

	private tick(now: number): void {
		this.change(shifts.expired(this.known.shift, now));
		if (!this.works) return;
		this.phone.tick(this.known.car, this.known.shift.trip !== null, now);
		const { drive } = this.known.car;
		if (drive && !seen(this.known.car, now).moves) this.move(stopped(this.known.car, now), this.known.selfDriving);
		if (this.phone.kept !== this.known.kept) this.set({ kept: this.phone.kept });
		if (now - this.queueAskedAt > QUEUE_EVERY_MS) void this.askQueue(now);
	}

	private linked(): void {
		const link = this.live.link();
		const before = this.known.link;
		this.set({ link });
		if (before === "open" && link !== "open") {
			this.phone.lost();
			this.set({ kept: this.phone.kept, said: "The connection is lost. Positions are kept." });
		}
		if (link === "open") void this.resume();
	}

	/** The connection is there: ask what was missed, and send what was kept. */
	private async resume(): Promise<void> {
		if (this.known.me === undefined || this.known.me === null) await this.readMe();
		if (!this.known.me) return;
		await this.phone.back();
		const after_version = this.known.shift.trip?.version ?? 0;
		const answer = await this.asked<LiveSchemas["Synced"]>({ action: "sync", after_version });
		if (answer) this.change(shifts.synced(this.known.shift, answer));
		this.set({ kept: this.phone.kept });
	}

	private async wasTakenOffline(): Promise<void> {
		const before = this.known.me?.online;
		await this.readMe();
		if (before && this.known.me?.online === false) this.set({ problem: TAKEN_OFFLINE, said: TAKEN_OFFLINE });
	}

	private meIs(me: DriverView): void {
		const before = this.known.me;
		this.set({ me });
		if (before?.online && !me.online && !this.known.shift.trip) {
			this.set({ said: "You are offline.", matchable: null, queue: null });
		}
		if (!before || before.online !== me.online) {
			void this.readDay();
			if (me.online && isHeading()) void reads.destination(this.rest).then((destination) => this.set({ destination }));
		}
		if (!before && this.live.link() === "open") void this.resume();
	}

	private change(shift: Shift): void {
		const before = this.known.shift;
		if (shift === before) return;
		this.set({ shift });
		this.tellChange(before, shift);
		if (shift.offers !== before.offers) this.remember();
		this.readUnread();
		const [from, to] = [target(before), target(shift)];
		const other = before.trip?.id !== shift.trip?.id || from?.lat !== to?.lat || from?.lng !== to?.lng;
		if (!other) return;
		if (to && this.known.selfDriving) this.drive();
		else if (!to && this.known.car.drive) this.move(stopped(this.known.car, Date.now()), this.known.selfDriving);
	}

	private tellChange(before: Shift, shift: Shift): void {
		const { trip, ended, offers } = shift;
		const fresh = offers.find((offer) => !before.offers.some((each) => each.trip_id === offer.trip_id));
		if (
			ended &&
			ended !== before.ended &&
			(ended.id !== before.ended?.id || ended.how !== before.ended?.how || ended.by !== before.ended?.by)
		) {
			this.set({ said: ofEnd(ended), receipt: null });
		}
		if (trip && (trip.id !== before.trip?.id || trip.state !== before.trip.state)) this.set({ said: ofTrip(trip) });
		if (fresh) this.set({ said: ofOffer(fresh, Date.now()) });
		if (ended && (ended.id !== before.ended?.id || ended.state !== before.ended?.state)) void this.readEnd();
	}

	private readUnread(): void {
		const id = shifts.unread(this.known.shift);
		if (id) void this.readTrip(id);
	}

	private async readTrip(id: string): Promise<void> {
		if (this.asking.has(id)) return;
		this.asking.add(id);
		let view: TripView | null | undefined;
		try {
			view = (await this.rest.GET("/v1/trips/{trip_id}", this.of(id))).data;
		} catch (error) {
			if (error instanceof ProblemError && error.problem.status === 404) view = null;
			else await pause(ASK_AGAIN_MS);
		}
		this.asking.delete(id);
		if (view !== undefined) this.view(id, view);
		this.readUnread();
	}

	/** The receipt and the day's sum, once a trip that ended is paid. */
	private async readEnd(): Promise<void> {
		const ended = this.known.shift.ended;
		if (!ended) return;
		if (ended.state === "paid" || ended.feeMinor > 0) {
			const receipt = await reads.receipt(this.rest, ended.id);
			if (this.known.shift.ended?.id === ended.id) this.set({ receipt });
		}
		await this.readDay();
	}

	private async readDay(): Promise<void> {
		const day = await reads.day(this.rest, this.market, this.id);
		if (day) this.set({ day });
	}

	/** The place in an airport's queue, while the car waits there. */
	private async askQueue(now: number): Promise<void> {
		this.queueAskedAt = now;
		const waits = !this.known.shift.trip && reads.isInQueue(this.market, seen(this.known.car, now).at);
		const queue = waits ? await reads.queue(this.rest) : null;
		if (queue !== this.known.queue) this.set({ queue });
	}

	private view(id: string, view: TripView | null): void {
		this.change(shifts.viewed(this.known.shift, id, view, this.id));
	}

	private takeBack(tripId: string, at: string): void {
		this.change(shifts.voided(this.known.shift, tripId, at));
	}

	private withdrawn(tripId: string, at: string): void {
		const { offers, next } = this.known.shift;
		const had = offers.some((offer) => offer.trip_id === tripId) || next?.trip_id === tripId;
		this.takeBack(tripId, at);
		if (had) this.set({ said: "An offer was taken back.", problem: "The offer was taken back." });
	}

	private async answer(tripId: string, answer: () => Promise<void>): Promise<void> {
		if (this.known.answering.includes(tripId)) return;
		this.set({ answering: [...this.known.answering, tripId], problem: null });
		try {
			await answer();
		} catch (error) {
			this.fail(error);
			if (error instanceof ProblemError && error.problem.status >= 400 && error.problem.status < 500) {
				this.takeBack(tripId, new Date().toISOString());
			}
		} finally {
			this.set({ answering: this.known.answering.filter((each) => each !== tripId) });
		}
	}

	private async acceptByRest(tripId: string): Promise<{ promised_until?: string | null }> {
		try {
			const { data } = await this.rest.POST("/v1/trips/{trip_id}/offer/accept", this.of(tripId));
			return { promised_until: data?.promised_until ?? null };
		} catch (error) {
			if (error instanceof ProblemError && error.code === ACCEPTED_BEFORE) return {};
			throw error;
		}
	}

	/** An answer over the WebSocket; null if none came. Throws what is refused. */
	private async asked<Data>(action: object): Promise<Data | null> {
		try {
			return (await this.live.ask<Data>(action)).data;
		} catch (error) {
			if (error instanceof ProblemError && error.problem.status === 0) return null;
			throw error;
		}
	}

	private async sendKept(positions: Fix[], sent_at: string): Promise<void> {
		try {
			const { data } = await this.rest.POST("/v1/locations", { body: { positions, sent_at } });
			if (data) this.set({ matchable: data.matchable, rejected: ofVerdicts(data.verdicts) });
		} catch (error) {
			// What is refused for good is not sent again.
			if (!(error instanceof ProblemError) || error.problem.status === 0 || error.problem.status >= 500) throw error;
			if (error.code === "driver_not_online") void this.wasTakenOffline();
		}
	}

	private rejected(verdict: LiveSchemas["LocationRejected"]["verdict"], matchable: boolean): void {
		const rejected = ofVerdict(verdict);
		this.set(rejected ? { rejected, matchable, said: rejected } : { matchable });
		this.phone.askNext();
	}

	private move(car: Car, selfDriving: boolean): void {
		this.set({ car, selfDriving });
		this.remember();
	}

	private remember(): void {
		const { car, selfDriving, times, shift } = this.known;
		remember({ car, selfDriving, times, offers: shift.offers });
	}

	private of(trip_id: string) {
		return { params: { path: { trip_id } } };
	}

	private fail(error: unknown): void {
		this.set({ problem: told(error), said: told(error) });
	}

	private set(part: Partial<Known>): void {
		this.known = { ...this.known, ...part };
		for (const listener of this.listeners) listener();
	}
}

/** Where the trip in hand needs the car: the pickup, then the dropoff. */
export function target(shift: Shift): Place | null {
	const { trip } = shift;
	if (!trip) return null;
	return trip.state === "in_progress" ? trip.dropoff : trip.pickup;
}

/** A request that creates something once, however often it arrives. */
function once() {
	return { params: { header: { "idempotency-key": crypto.randomUUID() } } };
}

function pause(ms: number): Promise<void> {
	return new Promise((resolve) => setTimeout(resolve, ms));
}
