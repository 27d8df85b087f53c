/** Applies frames to the state, and synchronizes it after a reconnect. */

import { answerTo, type Live } from "../api/live";
import type { Offers } from "./offers";
import { NOT_ONLINE, type Positions } from "./positions";
import type { Profile } from "./profile";
import * as shifts from "./shift";
import type { DriverState } from "./state";

interface Parts {
	offers: Offers;
	positions: Positions;
	profile: Profile;
}

export class Connection {
	private readonly live: Live;
	private readonly state: DriverState;
	private readonly parts: Parts;

	constructor(live: Live, state: DriverState, parts: Parts) {
		this.live = live;
		this.state = state;
		this.parts = parts;
	}

	/** Listen to frames and to the link. Returns what ends that. */
	start(): () => void {
		const { live, state } = this;
		const { offers, positions, profile } = this.parts;
		const ends = [
			live.onLink(() => this.linked()),
			live.on("trip.offer", (frame) => state.change(shifts.offered(state.snapshot().shift, frame, Date.now()))),
			live.on("offer.accepted", ({ data, at }) => offers.accepted(data.trip_id, data.promised_until ?? null, at)),
			live.on("offer.declined", ({ data, at }) => offers.takeBack(data.trip_id, at)),
			live.on("offer.withdrawn", ({ data, at }) => offers.withdrawn(data.trip_id, at)),
			live.on("trip.updated", ({ data }) => state.change(shifts.updated(state.snapshot().shift, data, state.driverId))),
			live.on("location.recorded", ({ data }) => positions.recorded(data)),
			live.on("location.rejected", ({ data }) => positions.rejected(data)),
			live.on("problem", ({ data }) => {
				if (data.action === "location" && data.code === NOT_ONLINE) void profile.wasTakenOffline();
			}),
		];
		this.linked();
		return () => {
			for (const end of ends) end();
		};
	}

	/** Send what was kept, then ask what was missed: the service judges the trip by the newest position. */
	async resume(): Promise<void> {
		if (this.live.link() !== "open") return;
		// The first reading of the driver ends here again.
		if (!this.state.snapshot().me) return this.parts.profile.read();
		await this.parts.positions.back();
		const after_version = this.state.snapshot().shift.trip?.version ?? 0;
		const answer = await answerTo<"sync">(this.live, { action: "sync", after_version });
		if (answer) this.state.change(shifts.synced(this.state.snapshot().shift, answer));
	}

	private linked(): void {
		const link = this.live.link();
		const wasOpen = this.state.snapshot().link === "open";
		this.state.set({ link });
		if (wasOpen && link !== "open") this.parts.positions.lost();
		if (link === "open") void this.resume().catch((error) => this.state.fail(error));
	}
}
