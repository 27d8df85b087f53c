import { useEffect, useState } from "react";
import type { Market } from "../api/config";
import { told } from "../api/problem";
import type { Schemas } from "../api/rest";
import { usePerson } from "../app/person";
import { Button } from "../design/Button";
import { Icon } from "../design/Icon";
import { Notice } from "../design/Notice";
import { Panel } from "../design/Panel";
import { hasDriver, looksForDriver } from "../trips/states";
import { clockWithSeconds, distance, money } from "../words/format";
import type { City } from "./city";
import { DispatchTrip } from "./DispatchTrip";
import { EndTrip } from "./EndTrip";
import type { Selection } from "./selection";
import { useCity } from "./useCity";
import { CAR_STATES, productOf, STATES, short, tripState } from "./words";

interface Props {
	city: City;
	market: Market;
	chosen: Selection;
	choose: (selection: Selection | null) => void;
}

/** The chosen car, request or trip, with the acts of staff on it. */
export function Chosen({ city, market, chosen, choose }: Props) {
	useCity(city);
	const of = chosen.kind === "driver" ? tripOfDriver(city, chosen.id) : chosen.id;
	const title = chosen.kind === "driver" ? `Driver ${short(chosen.id)}` : `Trip ${short(chosen.id)}`;
	return (
		<Panel
			title={title}
			aside={
				<Button kind="bare" aria-label="Close" onClick={() => choose(null)}>
					<Icon name="close" />
				</Button>
			}
		>
			{chosen.kind === "driver" ? <DriverState city={city} driver={chosen.id} /> : null}
			{of ? <Trip key={of} id={of} city={city} market={market} choose={choose} /> : null}
		</Panel>
	);
}

function DriverState({ city, driver }: { city: City; driver: string }) {
	const number = city.fleet.stateOf(driver);
	if (number === null) return <p className="quiet">The car has left this map.</p>;
	const state = CAR_STATES[number] ?? "free";
	return (
		<p>
			<span className="mark" data-state={state} /> {STATES[state]}
		</p>
	);
}

function Trip({ id, city, market, choose }: { id: string; city: City; market: Market; choose: Props["choose"] }) {
	const { rest } = usePerson();
	const [trip, setTrip] = useState<Schemas["TripView"] | null>(null);
	const [problem, setProblem] = useState<string | null>(null);
	const [asked, setAsked] = useState(0);
	const live = city.trips.get(id)?.state ?? (city.requests.has(id) ? "waiting" : "over");
	// biome-ignore lint/correctness/useExhaustiveDependencies: the trip is read again when the channel says that it changed
	useEffect(() => {
		let stale = false;
		rest.GET("/v1/trips/{trip_id}", { params: { path: { trip_id: id } } }).then(
			({ data }) => {
				if (stale) return;
				setTrip(data ?? null);
				setProblem(null);
			},
			(error) => stale || setProblem(told(error)),
		);
		return () => {
			stale = true;
		};
	}, [rest, id, live, asked]);
	if (problem) return <Notice kind="problem">{problem}</Notice>;
	if (!trip) return <p className="quiet">Reading the trip</p>;
	const again = () => setAsked((times) => times + 1);
	const eta = city.trips.get(id)?.eta_at;
	return (
		<>
			<dl className="facts">
				<Fact name="State">{tripState(trip.state)}</Fact>
				<Fact name="Requested">{clockWithSeconds(trip.requested_at, market.time_zone)}</Fact>
				{eta ? (
					<Fact name={trip.state === "in_progress" ? "Dropoff at" : "Pickup at"}>
						{clockWithSeconds(eta, market.time_zone)}
					</Fact>
				) : null}
				<Fact name="Product">{productOf(market, trip.product)}</Fact>
				<Fact name="Quote">{money(trip.quoted_amount_minor, trip.currency)}</Fact>
				{trip.final_amount_minor !== null ? (
					<Fact name="Fare">{money(trip.final_amount_minor, trip.currency)}</Fact>
				) : null}
				<Fact name="Distance">{distance(trip.quoted_distance_m)}</Fact>
				{trip.driver_id ? (
					<Fact name="Driver">
						<button
							type="button"
							className="link figure"
							onClick={() => choose({ kind: "driver", id: trip.driver_id as string })}
						>
							{short(trip.driver_id)}
						</button>
					</Fact>
				) : null}
				{trip.vehicle ? (
					<Fact name="Vehicle">
						{trip.vehicle.colour} {trip.vehicle.make} {trip.vehicle.model}
					</Fact>
				) : null}
			</dl>
			{looksForDriver(trip.state) ? <DispatchTrip trip={trip} city={city} done={again} /> : null}
			{hasDriver(trip.state) ? <EndTrip trip={trip} done={again} /> : null}
		</>
	);
}

function Fact({ name, children }: { name: string; children: React.ReactNode }) {
	return (
		<div>
			<dt>{name}</dt>
			<dd>{children}</dd>
		</div>
	);
}

function tripOfDriver(city: City, driver: string): string | null {
	for (const trip of city.trips.values()) if (trip.driver_id === driver) return trip.trip_id;
	return null;
}
