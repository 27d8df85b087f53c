/** Drawings of lines, 24 units wide. */
const LINES = {
	back: "M15 5l-7 7 7 7",
	card: "M3 7.5A2.5 2.5 0 0 1 5.5 5h13A2.5 2.5 0 0 1 21 7.5v9a2.5 2.5 0 0 1-2.5 2.5h-13A2.5 2.5 0 0 1 3 16.5zM3 10h18M7 15h3",
	check: "M5 12.5l4.5 4.5L19 7.5",
	clock: "M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17zM12 7.5V12l3 2",
	close: "M6 6l12 12M18 6L6 18",
	locate: "M12 2.5v3M12 18.5v3M2.5 12h3M18.5 12h3M12 6.5a5.5 5.5 0 1 0 0 11 5.5 5.5 0 0 0 0-11z",
	moon: "M19.5 14.5A8 8 0 0 1 9.5 4.5a8 8 0 1 0 10 10z",
	person: "M12 4a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM4.5 20.5c.7-4 3.7-5.5 7.5-5.5s6.8 1.5 7.5 5.5",
	receipt: "M6 3.5h12v17l-3-2-3 2-3-2-3 2zM9 8h6M9 12h6",
	sun: "M12 7.5a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9zM12 2.5v2M12 19.5v2M2.5 12h2M19.5 12h2M5.3 5.3l1.4 1.4M17.3 17.3l1.4 1.4M5.3 18.7l1.4-1.4M17.3 6.7l1.4-1.4",
	swap: "M8 4v15M8 19l-3.5-3.5M8 19l3.5-3.5M16 20V5M16 5l-3.5 3.5M16 5l3.5 3.5",
} as const;

/** Drawings of filled shapes, as wide. */
const SHAPES = {
	flag: "M5 2.5h2V22H5zM8.5 3.5h11l-2.8 4.2 2.8 4.3h-11z",
	pause: "M6 4.5h4.5v15H6zM13.5 4.5H18v15h-4.5z",
	play: "M7 4v16l13-8z",
	star: "M12 2.8l2.85 5.9 6.5.9-4.7 4.55 1.15 6.45L12 17.5l-5.8 3.1 1.15-6.45-4.7-4.55 6.5-.9z",
} as const;

export type IconName = keyof typeof LINES | keyof typeof SHAPES;

/** A small drawing beside a word; screen readers do not hear it. */
export function Icon({ name, size = 20 }: { name: IconName; size?: number }) {
	const isShape = name in SHAPES;
	return (
		<svg
			viewBox="0 0 24 24"
			width={size}
			height={size}
			className="icon"
			fill={isShape ? "currentColor" : "none"}
			stroke={isShape ? "none" : "currentColor"}
			strokeWidth="1.8"
			strokeLinecap="round"
			strokeLinejoin="round"
			aria-hidden="true"
			focusable="false"
		>
			<path d={{ ...LINES, ...SHAPES }[name]} />
		</svg>
	);
}
