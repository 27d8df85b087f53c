import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import type { Market } from "../api/config";
import { usePerson } from "../app/person";
import { useDeployment } from "../app/Settings";
import { SignIn } from "../app/SignIn";
import { TopBar } from "../app/TopBar";
import { useTitle } from "../app/title";
import { Notice } from "../design/Notice";
import { Panel } from "../design/Panel";
import type { Viewport } from "../map/engine";
import { Chosen } from "./Chosen";
import { Counters } from "./Counters";
import { City } from "./city";
import { LiveMap } from "./LiveMap";
import type { Selection } from "./selection";
import { TimeLine } from "./TimeLine";
import { VerifyDriver } from "./VerifyDriver";
import { Waiting } from "./Waiting";
import { Watch } from "./watch";
import { Zones } from "./Zones";
import "./live.css";

/** The operators' live map of a market. */
export default function LivePage() {
	const { signedIn } = usePerson();
	const { config, markets } = useDeployment();
	const [id, setId] = useState(markets[0]?.id);
	const market = markets.find((each) => each.id === id);
	useTitle(signedIn ? "Live map" : null);
	if (!signedIn)
		return <SignIn title="Sign in as an operator">{config.stage === "local" ? <DoorsOfThisMachine /> : null}</SignIn>;
	if (!market) return <Notice kind="problem">This deployment has no market.</Notice>;
	return (
		<div className="live-page">
			<TopBar title="Live map">
				<select
					className="market"
					aria-label="Market"
					value={market.id}
					onChange={(event) => setId(event.target.value)}
				>
					{markets.map((each) => (
						<option key={each.id} value={each.id}>
							{each.name}
						</option>
					))}
				</select>
			</TopBar>
			<LiveMarket key={market.id} market={market} />
		</div>
	);
}

/** On a local stack the person who reads this may be everybody. */
function DoorsOfThisMachine() {
	return (
		<p className="quiet">
			On this machine, <code>.venv/bin/rideflow status</code> prints a link that signs you in. Riders begin at{" "}
			<a href="#/ride">their page</a>, and drivers at <a href="#/drive">theirs</a>.
		</p>
	);
}

function LiveMarket({ market }: { market: Market }) {
	const { live } = usePerson();
	const [chosen, choose] = useState<Selection | null>(null);
	const [refused, setRefused] = useState<string | null>(null);
	const city = useMemo(() => new City([market.view.lng, market.view.lat]), [market]);
	const watch = useRef<Watch | null>(null);
	const viewport = useRef<Viewport | null>(null);
	useEffect(() => {
		const watching = new Watch(live, market.id, city, setRefused);
		watch.current = watching;
		watching.start();
		if (viewport.current) watching.look(viewport.current);
		return () => watching.stop();
	}, [live, market, city]);
	const look = useCallback((part: Viewport) => {
		viewport.current = part;
		watch.current?.look(part);
	}, []);
	useEffect(() => {
		const close = (event: KeyboardEvent) => event.key === "Escape" && choose(null);
		addEventListener("keydown", close);
		return () => removeEventListener("keydown", close);
	}, []);
	return (
		<main className="live-market">
			<LiveMap market={market} city={city} chosen={chosen} choose={choose} look={look} />
			<div className="side left">
				{refused ? <Notice kind="problem">{refused}</Notice> : null}
				<Panel title={market.name}>
					<Counters city={city} />
				</Panel>
				<Panel title="Who waits">
					<Waiting city={city} market={market} chosen={chosen} choose={choose} />
				</Panel>
				<Panel title="Zones">
					<Zones city={city} market={market} />
				</Panel>
			</div>
			<div className="side right">
				{chosen ? <Chosen city={city} market={market} chosen={chosen} choose={choose} /> : null}
				<Panel title="What happens">
					<TimeLine city={city} market={market} choose={choose} />
				</Panel>
				<Panel title="Verify a driver">
					<VerifyDriver />
				</Panel>
			</div>
		</main>
	);
}
