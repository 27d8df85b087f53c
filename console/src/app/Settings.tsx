import { createContext, type ReactNode, useContext, useEffect, useState } from "react";
import { type Config, loadConfig, loadMarket, type Market } from "../api/config";
import { told } from "../api/problem";
import { Notice } from "../design/Notice";
import { signInByLink } from "./link";

export interface Deployment {
	config: Config;
	markets: Market[];
}

const Context = createContext<Deployment | null>(null);

/** The deployment's settings and markets; inside `Settings` only. */
export function useDeployment(): Deployment {
	const deployment = useContext(Context);
	if (!deployment) throw new Error("useDeployment is called outside of Settings.");
	return deployment;
}

/** Reads the deployment's settings before it shows its children. */
export function Settings({ children }: { children: ReactNode }) {
	const [deployment, setDeployment] = useState<Deployment | null>(null);
	const [problem, setProblem] = useState<string | null>(null);
	useEffect(() => {
		load().then(setDeployment, (error) => setProblem(told(error)));
	}, []);
	if (problem) return <Notice kind="problem">The console cannot read its settings: {problem}</Notice>;
	if (!deployment) return <p className="visually-hidden">Loading</p>;
	return <Context.Provider value={deployment}>{children}</Context.Provider>;
}

async function load(): Promise<Deployment> {
	const config = await loadConfig();
	const [markets] = await Promise.all([Promise.all(config.markets.map(loadMarket)), signInByLink(config)]);
	return { config, markets };
}
