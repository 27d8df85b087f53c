import { lazy, Suspense } from "react";
import { Route, Router, Switch } from "wouter";
import { useHashLocation } from "wouter/use-hash-location";
import { ForPage } from "./person";

// Each page is a chunk of its own: a rider's phone does not load the operators' map.
const LivePage = lazy(() => import("../live/LivePage"));
const RiderPage = lazy(() => import("../ride/RiderPage"));
const DriverPage = lazy(() => import("../drive/DriverPage"));

export function App() {
	return (
		<Router hook={useHashLocation}>
			<Suspense fallback={<p className="visually-hidden">Loading</p>}>
				<Switch>
					<Route path="/ride">
						<ForPage page="rider">
							<RiderPage />
						</ForPage>
					</Route>
					<Route path="/drive">
						<ForPage page="driver">
							<DriverPage />
						</ForPage>
					</Route>
					<Route>
						<ForPage page="operator">
							<LivePage />
						</ForPage>
					</Route>
				</Switch>
			</Suspense>
		</Router>
	);
}
