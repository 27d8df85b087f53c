import { Button } from "../design/Button";
import type { Times } from "./car";
import { useDriver, useKnown } from "./driver";
import { Pause, Play } from "./icons";

const PACES: readonly Times[] = [1, 4, 10];

/** Let the car drive itself, at the pace of a city or faster for people who look on. */
export function DrivingControls({ isThere }: { isThere: boolean }) {
	const { app } = useDriver();
	const { car, times } = useKnown();
	const drives = car.drive !== null;
	return (
		<div className="drive-controls">
			{drives ? (
				<Button onClick={() => app.halt()}>
					<Pause />
					Stop
				</Button>
			) : (
				<Button onClick={() => app.drive()} kind={isThere ? "plain" : "main"} disabled={isThere}>
					<Play />
					Drive there
				</Button>
			)}
			<fieldset className="drive-choice" title="How many times faster than a car in a city">
				<legend className="visually-hidden">Speed</legend>
				{PACES.map((each) => (
					<label key={each}>
						<input type="radio" name="pace" checked={times === each} onChange={() => app.pace(each)} />
						<span className="figure">{each}×</span>
					</label>
				))}
			</fieldset>
		</div>
	);
}
