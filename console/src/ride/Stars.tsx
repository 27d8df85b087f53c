const STAR = "M12 2.8l2.85 5.9 6.5.9-4.7 4.55 1.15 6.45L12 17.5l-5.8 3.1 1.15-6.45-4.7-4.55 6.5-.9z";

function Star({ size, full }: { size: number; full: boolean }) {
	return (
		<svg className="star" data-full={full} viewBox="0 0 24 24" width={size} height={size} aria-hidden="true">
			<path d={STAR} />
		</svg>
	);
}

/** Mean stars of a driver. */
export function Rating({ rating }: { rating: number | null }) {
	if (rating === null) return <span className="tag">New</span>;
	return (
		<span className="rating figure">
			<Star size={15} full />
			<span className="visually-hidden">Rated </span>
			{rating.toFixed(1)}
		</span>
	);
}

const WORDS = ["", "Bad", "Not good", "All right", "Good", "Excellent"];

/** One to five stars, as a group of radio buttons: arrow keys choose. */
export function ChooseStars({ stars, choose }: { stars: number; choose: (stars: number) => void }) {
	return (
		<fieldset className="choose-stars">
			<legend>How was your ride?</legend>
			<div>
				{[1, 2, 3, 4, 5].map((value) => (
					<label key={value}>
						<input
							type="radio"
							name="stars"
							className="visually-hidden"
							checked={value === stars}
							onChange={() => choose(value)}
							aria-label={`${value} ${value === 1 ? "star" : "stars"}: ${WORDS[value]}`}
						/>
						<Star size={36} full={value <= stars} />
					</label>
				))}
			</div>
			<p className="quiet" aria-hidden="true">
				{WORDS[stars] || " "}
			</p>
		</fieldset>
	);
}
