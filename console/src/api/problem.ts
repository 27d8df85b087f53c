/** Refusals of the API: RFC 9457's problem details with a stable code. */

export interface FieldProblem {
	field: string;
	code: string;
	detail: string;
}

export interface Problem {
	status: number;
	code: string;
	detail: string;
	errors?: FieldProblem[];
	retry_after_s?: number;
}

/** A refused request, or one that was not answered: then `code` is `offline`. */
export class ProblemError extends Error {
	readonly problem: Problem;

	constructor(problem: Problem) {
		super(problem.detail);
		this.name = "ProblemError";
		this.problem = problem;
	}

	get code(): string {
		return this.problem.code;
	}

	/** The sentence about one field of a form, if the problem has one. */
	of(field: string): string | undefined {
		return this.problem.errors?.find((each) => each.field === field)?.detail;
	}
}

export const OFFLINE: Problem = { status: 0, code: "offline", detail: "There is no connection. Try again." };

/** The sentence about an error that people read. */
export function told(error: unknown): string {
	if (error instanceof ProblemError) return error.problem.detail;
	return error instanceof Error ? error.message : "Something went wrong.";
}

/** Read a refusal's body. A gateway between may answer something else than a problem. */
export function asProblem(status: number, body: unknown): Problem {
	if (typeof body === "object" && body !== null && "code" in body && "detail" in body) {
		return body as Problem;
	}
	return { status, code: `http_${status}`, detail: `The service answered ${status}.` };
}
