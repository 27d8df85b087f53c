import { Icon, type IconName } from "../design/Icon";
import type { Panel } from "./RideHome";

const PANELS: [Panel, IconName, string][] = [
	["trips", "receipt", "Trips"],
	["cards", "card", "Cards"],
	["account", "person", "Account"],
];

/** The buttons for trips, cards and account. */
export function RideBar({ open }: { open: (panel: Panel) => void }) {
	return (
		<header className="ride-bar">
			<p className="ride-brand">
				<img src="./icon.svg" alt="" width="22" height="22" /> RideFlow
			</p>
			<nav aria-label="More">
				{PANELS.map(([panel, icon, name]) => (
					<button key={panel} type="button" onClick={() => open(panel)}>
						<Icon name={icon} />
						<span>{name}</span>
					</button>
				))}
			</nav>
		</header>
	);
}
