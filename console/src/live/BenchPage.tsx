import { useEffect, useMemo } from "react";
import type { Market } from "../api/config";
import { useDeployment } from "../app/Settings";
import { Notice } from "../design/Notice";
import { City } from "./city";
import type { CarRow, MarketFrame } from "./frames";
import { LiveMap } from "./LiveMap";
import "./live.css";

/** A moving phone tells its position once in so many seconds. */
const POSITION_EVERY_S = 4;
/** A car's way within four seconds at 36 km/h, in 1e-5 degrees of latitude. */
const STEP = 36;

/** The live map with cars of its own, to measure it: no sign-in, no service, the same code from the frame on. */
export default function BenchPage({ cars }: { cars: number }) {
	const { markets } = useDeployment();
	const market = markets[0];
	if (!market) return <Notice kind="problem">This deployment has no market.</Notice>;
	return <Fleet market={market} cars={cars} />;
}

function Fleet({ market, cars }: { market: Market; cars: number }) {
	const city = useMemo(() => new City([market.view.lng, market.view.lat]), [market]);
	useEffect(() => {
		const rows = scattered(market, cars);
		let revision = 0;
		const named = Object.fromEntries(rows.map(([handle]) => [handle, `driver-${handle}`]));
		city.begin({ ...emptyFrame(market, cars, revision), cars: rows, named }, performance.now());
		const timer = setInterval(() => {
			revision++;
			const moved = rows.filter(([handle]) => handle % POSITION_EVERY_S === revision % POSITION_EVERY_S);
			for (const row of moved) drive(row);
			city.follow({ ...emptyFrame(market, cars, revision), cars: moved }, performance.now());
		}, 1000);
		return () => clearInterval(timer);
	}, [city, market, cars]);
	return (
		<main className="live-market bench">
			<h1 className="visually-hidden">{cars} moving cars</h1>
			<LiveMap market={market} city={city} chosen={null} choose={ignore} look={ignore} />
		</main>
	);
}

function scattered(market: Market, cars: number): CarRow[] {
	const turn = Math.PI * (3 - Math.sqrt(5)); // a sunflower's angle spreads points evenly, without chance
	return Array.from({ length: cars }, (_, handle) => {
		const radius = 9000 * Math.sqrt(handle / cars);
		const lat = Math.round(market.view.lat * 1e5 + radius * Math.sin(handle * turn));
		const lng = Math.round(market.view.lng * 1e5 + radius * Math.cos(handle * turn));
		return [handle, lat, lng, handle % 4, (handle * 137) % 360];
	});
}

function drive(row: CarRow): void {
	const angle = (row[4] * Math.PI) / 180;
	row[1] += Math.round(STEP * Math.cos(angle));
	row[2] += Math.round(STEP * Math.sin(angle));
	row[4] = (row[4] + 15) % 360;
}

function emptyFrame(market: Market, cars: number, revision: number): MarketFrame {
	const counts = { free: cars, to_pickup: 0, with_rider: 0, silent: 0, waiting: 0, trips: 0 };
	return { market: market.id, revision, counts, outside: { drivers: 0, requests: 0, trips: 0 } };
}

function ignore(): void {}
