import type { Market } from "../api/config";
import { useNow } from "../app/now";
import { elapsed } from "../words/format";
import type { City } from "./city";
import { useCity } from "./useCity";

/** Each zone with its cars and waiting riders, then the queues at airports. */
export function Zones({ city, market }: { city: City; market: Market }) {
	const { zones, queues } = useCity(city);
	const now = useNow();
	const nameOf = (id: string) => market.areas.features.find((area) => area.properties.id === id)?.properties.name ?? id;
	return (
		<>
			<table className="zones">
				<thead>
					<tr>
						<th scope="col">Zone</th>
						<th scope="col">Free</th>
						<th scope="col">Busy</th>
						<th scope="col">Wait</th>
						<th scope="col">Longest</th>
					</tr>
				</thead>
				<tbody>
					{zones.map((zone) => (
						<tr key={zone.zone}>
							<th scope="row">{nameOf(zone.zone)}</th>
							<td className="figure">{zone.free}</td>
							<td className="figure">{zone.to_pickup + zone.with_rider}</td>
							<td className="figure">{zone.waiting}</td>
							<td className="figure">
								{zone.oldest_request_at ? elapsed(now - Date.parse(zone.oldest_request_at)) : "–"}
							</td>
						</tr>
					))}
				</tbody>
			</table>
			{queues.map((queue) => (
				<p key={queue.fifo} className="queue">
					<span>{nameOf(queue.fifo)}</span>
					<span className="figure quiet">{queue.drivers} in the queue</span>
				</p>
			))}
		</>
	);
}
