import { usePerson } from "../app/person";
import { SignIn } from "../app/SignIn";

export default function RiderPage() {
	const { signedIn } = usePerson();
	if (!signedIn) return <SignIn title="Sign in to ride" />;
	return <main>Rider</main>;
}
