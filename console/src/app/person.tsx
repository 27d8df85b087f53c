import { createContext, type ReactNode, useContext, useEffect, useMemo, useSyncExternalStore } from "react";
import { Live } from "../api/live";
import { type Rest, restClient } from "../api/rest";
import { type Page, Session } from "../api/session";
import { useDeployment } from "./Settings";

export interface Person {
	session: Session;
	rest: Rest;
	live: Live;
	signedIn: boolean;
}

const Context = createContext<Person | null>(null);

/** The page's person; inside `ForPage` only. */
export function usePerson(): Person {
	const person = useContext(Context);
	if (!person) throw new Error("usePerson is called outside of ForPage.");
	return person;
}

/** One page's session, REST client and WebSocket. The WebSocket is open while somebody is signed in. */
export function ForPage({ page, children }: { page: Page; children: ReactNode }) {
	const { config } = useDeployment();
	const parts = useMemo(() => {
		const session = new Session(page, config);
		return { session, rest: restClient(config, session), live: new Live(config, session) };
	}, [page, config]);
	const signedIn = useSyncExternalStore(parts.session.subscribe, parts.session.snapshot);
	useEffect(() => {
		if (!signedIn) return;
		parts.live.open();
		return () => parts.live.close();
	}, [parts, signedIn]);
	const person = useMemo(() => ({ ...parts, signedIn }), [parts, signedIn]);
	return <Context.Provider value={person}>{children}</Context.Provider>;
}
