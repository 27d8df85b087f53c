import { Icon } from "../design/Icon";
import "./trips.css";

/** Mean stars of a person. */
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

interface Props {
	question: string;
	stars: number;
	choose: (stars: number) => void;
}

/** One to five stars, as a group of radio buttons: arrow keys choose. */
export function ChooseStars({ question, stars, choose }: Props) {
	return (
		<fieldset className="choose-stars">
			<legend>{question}</legend>
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

function Star({ size, full }: { size: number; full: boolean }) {
	return (
		<span className="star" data-full={full}>
			<Icon name="star" size={size} />
		</span>
	);
}
