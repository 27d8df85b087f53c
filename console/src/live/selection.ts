/** The car, request or trip that an operator has chosen on the map or in a list. */
export interface Selection {
	kind: "driver" | "trip" | "request";
	id: string;
}
