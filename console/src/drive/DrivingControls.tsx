import { useDeployment } from "../app/Settings";
import { Button } from "../design/Button";
import { Icon } from "../design/Icon";
import type { Times } from "./car";
import { useDriver, useKnown } from "./driver";

/** How many times faster than a car in a city. On AWS a car is not believed that drives faster than 60 m/s. */
const PACES: { local: readonly Times[]; aws: readonly Times[] } = { local: [1, 4, 10], aws: [1, 4] };

/** Let the car drive itself, at the pace of a city or faster for people who look on. */
export function DrivingControls({ isThere }: { isThere: boolean }) {
	const { app } = useDriver();
	const { config } = useDeployment();
	const paces = config.stage === "local" ? PACES.local : PACES.aws;
	const { car, times } = useKnown();
	const drives = car.drive !== null;
	return (
		<div className="drive-controls">
			{drives ? (
				<Button onClick={() => app.car.halt()}>
					<Icon name="pause" />
					Stop
				</Button>
			) : (
				<Button onClick={() => app.car.drive()} kind={isThere ? "plain" : "main"} disabled={isThere}>
					<Icon name="play" />
					Drive there
				</Button>
			)}
			<fieldset className="drive-choice" title="How many times faster than a car in a city">
				<legend className="visually-hidden">Speed</legend>
				{paces.map((each) => (
					<label key={each}>
						<input type="radio" name="pace" checked={times === each} onChange={() => app.car.pace(each)} />
						<span className="figure">{each}×</span>
					</label>
				))}
			</fieldset>
		</div>
	);
}
