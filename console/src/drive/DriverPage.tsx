import { useEffect, useMemo, useState } from "react";
import type { Market } from "../api/config";
import { usePerson } from "../app/person";
import { useDeployment } from "../app/Settings";
import { SignUp } from "../app/SignUp";
import { Notice } from "../design/Notice";
import { Cockpit } from "./Cockpit";
import { DriverContext, useKnown } from "./driver";
import { DriverApp } from "./driverApp";
import { Papers } from "./Papers";
import { forget } from "./remembered";
import "./drive.css";

export default function DriverPage() {
	const { signedIn } = usePerson();
	const { markets } = useDeployment();
	const [chosen, choose] = useState(0);
	const market = markets[chosen] ?? markets[0];
	useEffect(() => {
		if (!signedIn) forget();
	}, [signedIn]);
	if (!signedIn) return <SignUp role="driver" title="Sign up to drive" signInTitle="Sign in to drive" />;
	if (!market) return <Notice kind="problem">This deployment has no market.</Notice>;
	return <Drives key={market.id} market={market} markets={markets} choose={(id) => choose(indexOf(markets, id))} />;
}

interface Props {
	market: Market;
	markets: Market[];
	choose: (id: string) => void;
}

/** One driver in one market. */
function Drives({ market, markets, choose }: Props) {
	const { rest, live } = usePerson();
	const app = useMemo(() => new DriverApp(rest, live, market), [rest, live, market]);
	useEffect(() => {
		app.start();
		return () => app.stop();
	}, [app]);
	const driver = useMemo(() => ({ app, market }), [app, market]);
	return (
		<DriverContext.Provider value={driver}>
			<Stage markets={markets} choose={choose} />
		</DriverContext.Provider>
	);
}

/** The papers come first; who is verified and has a vehicle drives. */
function Stage({ markets, choose }: Omit<Props, "market">) {
	const { me, problem, said } = useKnown();
	if (me === undefined) return problem ? <Notice kind="problem">{problem}</Notice> : <Loading />;
	const ready = me?.state === "verified" && me.vehicles.length > 0;
	return (
		<>
			{ready ? <Cockpit me={me} markets={markets} choose={choose} /> : <Papers me={me} />}
			<p className="visually-hidden" role="status" aria-live="assertive">
				{said}
			</p>
		</>
	);
}

function Loading() {
	return <p className="visually-hidden">Loading</p>;
}

function indexOf(markets: Market[], id: string): number {
	return markets.findIndex((market) => market.id === id);
}
