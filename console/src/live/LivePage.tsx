import { usePerson } from "../app/person";
import { SignIn } from "../app/SignIn";

export default function LivePage() {
	const { signedIn } = usePerson();
	if (!signedIn) return <SignIn title="Sign in to watch" />;
	return <main>Live</main>;
}
