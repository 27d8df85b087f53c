/** Symbols as drawings: they look alike on every system, and need no font. All are 24 units wide, and mute. */

import type { ReactNode } from "react";

function Icon({ children }: { children: ReactNode }) {
	return (
		<svg className="drive-icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
			{children}
		</svg>
	);
}

export function CarShape() {
	return (
		<svg className="drive-car-shape" viewBox="0 0 32 48" aria-hidden="true" focusable="false">
			<rect x="5" y="2" width="22" height="44" rx="9" className="body" />
			<path d="M8 17c2.5-2.4 13.500-2.400 16 0l-1.500 5.500h-13z" className="glass" />
			<path d="M9.500 34h13l1.200 5c-4 1.800-11.400 1.800-15.400 0z" className="glass" />
		</svg>
	);
}

export const Rider = () => (
	<Icon>
		<circle cx="12" cy="7.500" r="4" />
		<path d="M4.500 21c0-4.800 3.200-7.500 7.500-7.500s7.500 2.700 7.500 7.500z" />
	</Icon>
);

export const Flag = () => (
	<Icon>
		<path d="M5 2.500h2V22H5zM8.500 3.500h11l-2.800 4.200 2.800 4.300h-11z" />
	</Icon>
);

export const Star = () => (
	<Icon>
		<path d="m12 2.500 2.900 6 6.600.9-4.800 4.600 1.200 6.500-5.900-3.100-5.900 3.100 1.200-6.500-4.800-4.600 6.600-.9z" />
	</Icon>
);

export const Check = () => (
	<Icon>
		<path d="m9.500 18.500-6-6 2-2 4 4 9-9 2 2z" />
	</Icon>
);

export const Play = () => (
	<Icon>
		<path d="M7 4v16l13-8z" />
	</Icon>
);

export const Pause = () => (
	<Icon>
		<path d="M6 4.500h4.500v15H6zM13.500 4.500H18v15h-4.500z" />
	</Icon>
);

export const Locate = () => (
	<Icon>
		<path d="M11 1.500h2v3.600a7 7 0 0 1 5.900 5.900h3.600v2h-3.600a7 7 0 0 1-5.900 5.900v3.600h-2v-3.600A7 7 0 0 1 5.100 13H1.500v-2h3.600A7 7 0 0 1 11 5.100zM12 7a5 5 0 1 0 0 10 5 5 0 0 0 0-10z" />
	</Icon>
);

export const Close = () => (
	<Icon>
		<path d="m5.400 4 6.600 6.600L18.600 4 20 5.400 13.400 12l6.600 6.600-1.400 1.400-6.600-6.600L5.400 20 4 18.600l6.600-6.600L4 5.400z" />
	</Icon>
);
