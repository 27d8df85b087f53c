import { useEffect } from "react";
import { usePerson } from "../app/person";
import { useDeployment } from "../app/Settings";
import { SignUp } from "../app/SignUp";
import { forget } from "./current";
import { RideHome } from "./RideHome";
import "./ride.css";
import "./plan.css";
import "./trip.css";
import "./receipt.css";
import "./dialogs.css";

/** The rider's app: a ride from the sign-up to the receipt. */
export default function RiderPage() {
	const { signedIn } = usePerson();
	const { markets } = useDeployment();
	const [market] = markets;
	useEffect(() => {
		if (!signedIn) forget();
	}, [signedIn]);
	if (!signedIn) return <SignUp role="rider" title="Sign up to ride" signInTitle="Sign in to ride" />;
	if (!market) return <p>No market is served here.</p>;
	return <RideHome market={market} />;
}
