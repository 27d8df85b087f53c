import { useEffect, useMemo, useReducer, useState, useSyncExternalStore } from "react";
import type { Market } from "../api/config";
import { usePerson } from "../app/person";
import { useTitle } from "../app/title";
import type { Place } from "../map/place";
import { hasDriver, looksForDriver } from "../trips/states";
import { AccountDialog } from "./AccountDialog";
import { CardsDialog } from "./CardsDialog";
import { useCards } from "./cards";
import { CurrentRide } from "./current";
import { LinkState } from "./LinkState";
import { useNearby } from "./nearby";
import { PlanRide } from "./PlanRide";
import { useNames, useSame } from "./places";
import { type End, emptyPlan, type Plan, planned } from "./plan";
import { RideBar } from "./RideBar";
import { type MapHand, RideMap } from "./RideMap";
import { useCovered, useHeading } from "./sheet";
import { TripHistory } from "./TripHistory";
import { TripSheet } from "./TripSheet";
import { useStale } from "./time";
import type { Ride } from "./trip";
import { planSaying, saying } from "./words";

export type Panel = "account" | "cards" | "trips";

/** The map with the sheet over it: a plan, or the ride that there is. */
export function RideHome({ market }: { market: Market }) {
	const { rest, live } = usePerson();
	const current = useMemo(() => new CurrentRide(rest, live), [rest, live]);
	useEffect(() => current.start(), [current]);
	const ride = useSyncExternalStore(current.subscribe, current.snapshot);
	const restored = useSyncExternalStore(current.subscribe, current.isRestored);
	const [plan, step] = useReducer(planned, market.products[0]?.id ?? "", emptyPlan);
	const [hand, setHand] = useState<MapHand | null>(null);
	const [panel, setPanel] = useState<Panel | null>(null);
	const { sheet, covered } = useCovered();
	const cards = useCards(rest);
	const names = useNames(market);
	const stale = useStale(ride?.car ?? null);
	const looking = ride ? looksForDriver(ride.state) : true;
	const pickup = useSame(ride?.trip.pickup ?? plan.pickup);
	const dropoff = useSame(ride?.trip.dropoff ?? plan.dropoff);
	const free = useNearby(rest, looking ? pickup : null, ride?.trip.product ?? plan.product);
	const close = () => setPanel(null);
	const place = useMemo(() => (end: End, point: Place) => step({ type: "place", end, point }), []);
	const said = ride ? saying(ride) : restored ? planSaying(plan) : "";
	useHeading(sheet, said);
	useTitle(ride ? saying(ride) : "Ride");
	const car = ride && hasDriver(ride.state) ? ride.car : null;
	return (
		<div className="ride" data-state={ride?.state ?? "plan"} data-car={car ? (stale ? "stale" : "fresh") : undefined}>
			<RideMap
				market={market}
				pickup={pickup}
				dropoff={dropoff}
				choosing={ride ? null : plan.choosing}
				place={ride ? undefined : place}
				free={looking ? free : NO_CARS}
				car={car}
				stale={stale}
				withRider={ride?.state === "in_progress"}
				covered={covered}
				view={viewOf(ride, plan)}
				ready={setHand}
			/>
			<RideBar open={setPanel} />
			<LinkState />
			<main className="sheet" ref={sheet}>
				<p className="visually-hidden" role="status">
					{said}
				</p>
				{ride ? (
					<TripSheet
						ride={ride}
						stale={stale}
						current={current}
						market={market}
						names={names}
						again={() => {
							const { pickup, dropoff, product } = ride.trip;
							step({ type: "again", pickup, dropoff, product });
							current.leave();
						}}
						newRide={() => {
							step({ type: "clear" });
							current.leave();
						}}
						openCards={() => setPanel("cards")}
					/>
				) : restored ? (
					<PlanRide
						market={market}
						plan={plan}
						step={step}
						hand={hand}
						names={names}
						free={free}
						cards={cards}
						current={current}
						openCards={() => setPanel("cards")}
					/>
				) : (
					<p className="quiet sheet-loading">Looking for your ride…</p>
				)}
			</main>
			{panel === "account" ? <AccountDialog close={close} /> : null}
			{panel === "cards" ? <CardsDialog cards={cards} close={close} /> : null}
			{panel === "trips" ? <TripHistory market={market} names={names} close={close} /> : null}
		</div>
	);
}

const NO_CARS: readonly never[] = [];

/** The places that the map brings into view when the key changes. Until then a person may move the map. */
function viewOf(ride: Ride | null, plan: Plan): { key: string; points: readonly Place[] } {
	if (!ride) {
		const points = [plan.pickup, plan.dropoff].filter((point) => point !== null);
		return { key: `plan ${points.length}`, points: points.length === 2 ? points : [] };
	}
	const { pickup, dropoff } = ride.trip;
	const { car } = ride;
	const key = `${ride.trip.id} ${ride.state} ${car ? "car" : ""}`;
	if (!car || !hasDriver(ride.state)) return { key, points: looksForDriver(ride.state) ? [pickup] : [pickup, dropoff] };
	return { key, points: [ride.state === "in_progress" ? dropoff : pickup, car] };
}
