import { Refusal, useSending } from "../app/sending";
import { Button } from "../design/Button";
import type { Place } from "../map/place";
import { clock } from "../words/format";
import { useDriver, useKnown } from "./driver";
import type { DriverView } from "./state";

interface Props {
	me: DriverView;
	/** The driver looks for their destination on the map. */
	picking: boolean;
	pick: (picking: boolean) => void;
	/** The middle of the map. */
	centre: () => Place | null;
}

/** Online, without a trip. */
export function WaitingPanel({ me, picking, pick, centre }: Props) {
	const { app, market } = useDriver();
	const { queue, matchable, destination } = useKnown();
	const leaving = useSending();
	const vehicle = me.vehicles.find((each) => each.id === me.vehicle_id);
	if (picking) return <Picking done={() => pick(false)} centre={centre} />;
	return (
		<div className="drive-panel">
			<div>
				<h2>{matchable === false ? "Not visible to riders yet" : "Waiting for a trip"}</h2>
				<p className="quiet">
					{matchable === false
						? "Trips are offered once your position is believed."
						: "Offers come here by themselves. You have 15 seconds to answer one."}
				</p>
			</div>
			<dl className="drive-facts">
				{vehicle ? (
					<>
						<dt>Vehicle</dt>
						<dd>
							{vehicle.make} {vehicle.model}, {vehicle.plate}
						</dd>
					</>
				) : null}
				{me.online_since ? (
					<>
						<dt>Online since</dt>
						<dd>{clock(me.online_since, market.time_zone)}</dd>
					</>
				) : null}
				{queue ? (
					<>
						<dt>Queue</dt>
						<dd>
							Place <strong className="figure">{queue.position}</strong> of {queue.length}, {queue.name}
						</dd>
					</>
				) : null}
				{destination ? (
					<>
						<dt>Destination</dt>
						<dd>Only trips that lead there, until {clock(destination.until, market.time_zone)}</dd>
					</>
				) : null}
			</dl>
			<Refusal sending={leaving} />
			<div className="buttons">
				{destination ? (
					<Button busy={leaving.busy} onClick={() => void leaving.send(() => app.profile.headAnywhere())}>
						Take all trips
					</Button>
				) : (
					<Button onClick={() => pick(true)}>Set destination</Button>
				)}
				<Button kind="danger" busy={leaving.busy} onClick={() => void leaving.send(() => app.profile.goOffline())}>
					Go offline
				</Button>
			</div>
		</div>
	);
}

function Picking({ done, centre }: { done: () => void; centre: () => Place | null }) {
	const { app } = useDriver();
	const sending = useSending();
	function set() {
		const place = centre();
		if (!place) return;
		void sending.send(async () => {
			await app.profile.headFor(place);
			done();
		});
	}
	return (
		<div className="drive-panel">
			<div>
				<h2>Where are you heading?</h2>
				<p className="quiet">
					Move the map until the cross is on your destination. For up to two hours, only trips that lead there are
					offered. You can set two destinations a day.
				</p>
			</div>
			<Refusal sending={sending} />
			<div className="buttons">
				<Button onClick={done}>Back</Button>
				<Button kind="main" busy={sending.busy} onClick={set}>
					Set destination
				</Button>
			</div>
		</div>
	);
}
