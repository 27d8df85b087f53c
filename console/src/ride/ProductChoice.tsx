import type { Product } from "../api/config";
import { distance, duration, money } from "../words/format";
import type { Quote } from "./quotes";

interface Props {
	products: readonly Product[];
	quotes: ReadonlyMap<string, Quote>;
	chosen: string;
	choose: (product: string) => void;
}

/** The products with their prices. */
export function ProductChoice({ products, quotes, chosen, choose }: Props) {
	const [any] = quotes.values();
	const surge = Number(any?.surge ?? 1);
	return (
		<fieldset className="products" aria-busy={quotes.size === 0}>
			<legend>
				{any ? (
					<span className="figure">
						{duration(any.duration_s)} · {distance(any.distance_m)}
					</span>
				) : (
					"Asking for prices…"
				)}
				{surge > 1 ? <span className="surge">Many people ride now: ×{surge.toFixed(1)}</span> : null}
			</legend>
			{products.map((product) => {
				const quote = quotes.get(product.id);
				return (
					<label key={product.id} className="product" data-chosen={product.id === chosen}>
						<input
							type="radio"
							name="product"
							value={product.id}
							checked={product.id === chosen}
							onChange={() => choose(product.id)}
						/>
						<CarPicture seats={product.seats} />
						<span className="product-name">
							{product.name}
							<span className="quiet">{product.seats} seats</span>
						</span>
						<span className="product-price figure">{quote ? money(quote.amount_minor, quote.currency) : "–"}</span>
					</label>
				);
			})}
		</fieldset>
	);
}

/** A car from its side; a longer one for more people. */
function CarPicture({ seats }: { seats: number }) {
	const isLarge = seats > 4;
	return (
		<svg className="product-car" viewBox="0 0 48 24" width="48" height="24" aria-hidden="true">
			<path
				d={
					isLarge
						? "M3 17v-5l3-7q.6-1.5 2.2-1.500h21q1.3 0 2.2 1L37 10l5.5 1q2.5.5 2.5 3v3h-4a4.5 4.5 0 0 0-9 0H17a4.5 4.5 0 0 0-9 0z"
						: "M3 17v-3.500q0-2 2-2.500l5-1 5-5q1-1 2.5-1H27q1.3 0 2.3 1l5.2 5 7 1q3.5.5 3.5 3.500V17h-4a4.5 4.5 0 0 0-9 0H17a4.5 4.5 0 0 0-9 0z"
				}
			/>
			<circle cx="12.5" cy="17" r="3" />
			<circle cx="36.5" cy="17" r="3" />
		</svg>
	);
}
