/**
 * The link that `rideflow status` prints: `#signin=<refresh token>` signs its reader in as an operator.
 *
 * A fragment is never sent to a server. It leaves the address at once, so that neither the history nor a copied address
 * has it.
 */

import type { Config } from "../api/config";
import { Session } from "../api/session";

const SIGN_IN = "#signin=";

let done: Promise<void> | null = null;

/**
 * Sign in by the address's fragment, if it has a token. A token that is refused leaves the person signed out.
 *
 * On the local stack alone: elsewhere somebody could send a link that signs its reader in as the sender.
 */
export function signInByLink(config: Config): Promise<void> {
	done ??= taken(config);
	return done;
}

async function taken(config: Config): Promise<void> {
	if (!location.hash.startsWith(SIGN_IN)) return;
	const token = location.hash.slice(SIGN_IN.length);
	history.replaceState(null, "", `${location.pathname}${location.search}#/`);
	if (config.stage !== "local") return;
	await resumed(token, config).catch(() => undefined);
}

/** Throws also if the token is not one: a link may be cut while it is copied. */
async function resumed(token: string, config: Config): Promise<void> {
	await new Session("operator", config).resume(decodeURIComponent(token));
}
