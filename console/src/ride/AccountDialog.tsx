import { type FormEvent, useEffect, useState } from "react";
import type { Schemas } from "../api/rest";
import { usePerson } from "../app/person";
import { Refusal, useSending } from "../app/sending";
import { Button } from "../design/Button";
import { Dialog } from "../design/Dialog";
import { Field } from "../design/Field";
import { Notice } from "../design/Notice";
import { choose, useTheme } from "../design/theme";

type Profile = Schemas["ProfileView"];

/** The rider's name, dark or light, and the way out. */
export function AccountDialog({ close }: { close: () => void }) {
	const { session } = usePerson();
	const theme = useTheme();
	return (
		<Dialog title="Account" close={close}>
			<ProfileForm />
			<hr />
			<div className="buttons">
				<Button onClick={() => choose(theme === "dark" ? "light" : "dark")}>
					{theme === "dark" ? "Light colours" : "Dark colours"}
				</Button>
				<Button onClick={() => void session.signOut()}>Sign out</Button>
			</div>
		</Dialog>
	);
}

function ProfileForm() {
	const { rest } = usePerson();
	const sending = useSending();
	const [profile, setProfile] = useState<Profile | null>(null);
	const [saved, setSaved] = useState(false);
	const { send } = sending;
	useEffect(() => {
		void send(async () => {
			const { data } = await rest.GET("/v1/riders/me");
			setProfile(data ?? null);
		});
	}, [rest, send]);
	function submit(event: FormEvent<HTMLFormElement>) {
		event.preventDefault();
		if (!profile) return;
		const name = String(new FormData(event.currentTarget).get("name"));
		setSaved(false);
		void send(async () => {
			const { data } = await rest.PUT("/v1/riders/me", { body: { ...writable(profile), name } });
			if (data) setProfile(data);
			setSaved(true);
		});
	}
	return (
		<form className="form" onSubmit={submit}>
			{profile?.email ? <p className="quiet">{profile.email}</p> : null}
			<Field
				key={profile?.version}
				label="Name"
				name="name"
				autoComplete="name"
				defaultValue={profile?.name ?? ""}
				maxLength={100}
				required
				problem={sending.of("name")}
			/>
			<Refusal sending={sending} except={["name"]} />
			{saved && !sending.refusal ? <Notice>Your name is saved.</Notice> : null}
			<Button type="submit" kind="main" wide disabled={!profile} busy={profile !== null && sending.busy}>
				Save
			</Button>
		</form>
	);
}

/** The whole profile as it is replaced; the version keeps what another phone has changed meanwhile. */
function writable(profile: Profile): Omit<Schemas["PutProfile"], "name"> {
	const { phone, home, work, favourites, preferences, version } = profile;
	return {
		phone: phone ?? null,
		home: home ?? null,
		work: work ?? null,
		favourites: favourites ?? [],
		version,
		...(preferences ? { preferences } : {}),
	} as Omit<Schemas["PutProfile"], "name">;
}
