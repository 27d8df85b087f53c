import { useRef, useState } from "react";
import type { Market } from "../api/config";
import { useIsCutOff } from "../app/connection";
import { useTitle } from "../app/title";
import { Button } from "../design/Button";
import { Notice } from "../design/Notice";
import { money } from "../words/format";
import { DriveMap, type MapHandle } from "./DriveMap";
import { useDriver, useKnown } from "./driver";
import { EndedPanel } from "./EndedPanel";
import { Menu } from "./Menu";
import { OfferCard } from "./OfferCard";
import { OfflinePanel } from "./OfflinePanel";
import type { DriverView, Known } from "./state";
import { TripPanel } from "./TripPanel";
import { WaitingPanel } from "./WaitingPanel";

interface Props {
	me: DriverView;
	markets: Market[];
	choose: (id: string) => void;
}

/** The page of a driver at work: the map, and what is to be done now. */
export function Cockpit({ me, markets, choose }: Props) {
	const known = useKnown();
	const map = useRef<MapHandle>(null);
	const [picking, setPicking] = useState(false);
	const [offer] = known.shift.offers;
	useTitle(NAMES[stateOf(known)]);
	return (
		<main className="drive" data-state={stateOf(known)} data-link={known.link}>
			<h1 className="visually-hidden">Drive</h1>
			<Head known={known} />
			<div className="drive-map">
				<DriveMap handle={map} picking={picking} />
			</div>
			<section className="drive-sheet" aria-label="What to do now">
				{offer ? <OfferCard key={offer.trip_id} offer={offer} /> : null}
				<Warnings known={known} />
				{known.shift.trip ? (
					<TripPanel trip={known.shift.trip} />
				) : known.shift.ended ? (
					<EndedPanel key={known.shift.ended.id} ended={known.shift.ended} />
				) : offer ? null : me.online ? (
					<WaitingPanel me={me} picking={picking} pick={setPicking} centre={() => map.current?.centre() ?? null} />
				) : (
					<OfflinePanel me={me} markets={markets} choose={choose} />
				)}
			</section>
		</main>
	);
}

function Head({ known }: { known: Known }) {
	const { market } = useDriver();
	const [open, setOpen] = useState(false);
	const total = known.day ? money(known.day.totalMinor, known.day.currency) : money(0, market.currency);
	return (
		<header className="drive-head">
			<p className="drive-status">
				<span className="mark" data-state={MARKS[stateOf(known)]} />
				{NAMES[stateOf(known)]}
			</p>
			<button type="button" className="drive-total" onClick={() => setOpen(true)} aria-haspopup="dialog">
				<span className="figure">{total}</span>
				<span className="quiet">today</span>
			</button>
			{open ? <Menu close={() => setOpen(false)} /> : null}
		</header>
	);
}

function Warnings({ known }: { known: Known }) {
	const { app } = useDriver();
	const { kept, rejected, problem } = known;
	const isCutOff = useIsCutOff();
	return (
		<>
			{isCutOff ? (
				<Notice kind="warning">
					There is no connection at present.
					{kept > 0 ? ` ${kept} ${kept === 1 ? "position is" : "positions are"} kept and will be sent.` : ""}
				</Notice>
			) : null}
			{rejected ? <Notice kind="warning">{rejected}</Notice> : null}
			{problem ? (
				<div className="drive-problem">
					<Notice kind="problem">{problem}</Notice>
					<Button kind="bare" onClick={() => app.state.set({ problem: null })}>
						Close
					</Button>
				</div>
			) : null}
		</>
	);
}

type State = "offline" | "waiting" | "offered" | "to_pickup" | "at_pickup" | "with_rider" | "ended";

function stateOf({ me, shift }: Known): State {
	if (shift.trip?.state === "in_progress") return "with_rider";
	if (shift.trip) return shift.trip.state === "driver_arrived" ? "at_pickup" : "to_pickup";
	if (shift.offers.length > 0) return "offered";
	if (shift.ended) return "ended";
	return me?.online ? "waiting" : "offline";
}

const NAMES: Record<State, string> = {
	offline: "Offline",
	waiting: "Online",
	offered: "Trip offered",
	to_pickup: "To the pickup",
	at_pickup: "At the pickup",
	with_rider: "To the dropoff",
	ended: "Trip over",
};

const MARKS: Record<State, string> = {
	offline: "silent",
	waiting: "free",
	offered: "waiting",
	to_pickup: "to_pickup",
	at_pickup: "to_pickup",
	with_rider: "with_rider",
	ended: "free",
};
