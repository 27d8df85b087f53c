import { usePerson } from "../app/person";
import { SignIn } from "../app/SignIn";

export default function DriverPage() {
	const { signedIn } = usePerson();
	if (!signedIn) return <SignIn title="Sign in to drive" />;
	return <main>Driver</main>;
}
