import { useEffect, useState } from "react";
import { usePerson } from "../app/person";
import { Button } from "../design/Button";
import { Icon } from "../design/Icon";
import { Notice } from "../design/Notice";
import type { Names } from "../map/names";
import type { Place } from "../map/place";
import { placeName } from "./places";
import type { End, Plan, Step } from "./plan";
import type { MapHand } from "./RideMap";

interface Props {
	end: End;
	plan: Plan;
	step: (step: Step) => void;
	hand: MapHand | null;
	names: Names;
}

/** Ways to choose a place: the map's middle, the phone's position, and places of the rider's own. */
export function ChoosePlace({ end, plan, step, hand, names }: Props) {
	const [problem, setProblem] = useState<string | null>(null);
	const place = (point: Place) => step({ type: "place", end, point });
	const other = plan[end === "pickup" ? "dropoff" : "pickup"];
	return (
		<div className="choose">
			<p className="quiet">Tap the map, or move it until the cross is at the place.</p>
			<Button kind="main" wide disabled={!hand} onClick={() => hand && place(hand.middle())}>
				Set {end} here
			</Button>
			{end === "pickup" && "geolocation" in navigator ? (
				<Button
					wide
					onClick={() =>
						locate((point) => {
							hand?.look(point);
							place(point);
						}, setProblem)
					}
				>
					<Icon name="locate" /> Use my position
				</Button>
			) : null}
			{problem ? <Notice kind="warning">{problem}</Notice> : null}
			<OwnPlaces place={place} but={other} />
			{plan[end] ? (
				<Button kind="bare" onClick={() => plan[end] && place(plan[end])}>
					Keep {placeName(names, plan[end])}
				</Button>
			) : null}
		</div>
	);
}

/** Home, work and favourites of the rider's profile. */
function OwnPlaces({ place, but }: { place: (point: Place) => void; but: Place | null }) {
	const { rest } = usePerson();
	const [places, setPlaces] = useState<{ label: string; point: Place }[]>([]);
	useEffect(() => {
		rest.GET("/v1/riders/me").then(
			({ data }) => {
				const { home, work, favourites = [] } = data ?? {};
				const named = [home && { label: "Home", point: home.point }, work && { label: "Work", point: work.point }];
				setPlaces([...named.filter((each) => !!each), ...favourites]);
			},
			() => undefined, // the map still chooses
		);
	}, [rest]);
	const shown = places.filter(({ point }) => point.lat !== but?.lat || point.lng !== but?.lng);
	if (shown.length === 0) return null;
	return (
		<ul className="own-places">
			{shown.map(({ label, point }) => (
				<li key={label}>
					<Button onClick={() => place(point)}>{label}</Button>
				</li>
			))}
		</ul>
	);
}

function locate(found: (point: Place) => void, failed: (sentence: string) => void): void {
	navigator.geolocation.getCurrentPosition(
		({ coords }) => found({ lat: coords.latitude, lng: coords.longitude }),
		(error) =>
			failed(
				error.code === error.PERMISSION_DENIED
					? "This page may not read your position. Choose the place on the map."
					: "Your position cannot be found now. Choose the place on the map.",
			),
		{ enableHighAccuracy: true, timeout: 10_000, maximumAge: 30_000 },
	);
}
