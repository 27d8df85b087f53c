// A whole ride through `openapi-fetch` and the types that `openapi-typescript` made of `docs/openapi.json`.
//
// `node ride.ts SETTINGS`, a JSON object: `rest_url`, `stripe_url`, `stripe_api_key`, `code` (what is mailed),
// `operator_token`, `pickup`, `near_pickup`, `dropoff`. Prints the trip's id and the receipt's amount as JSON.
import createClient, { type Client } from "openapi-fetch";
import type { components, paths } from "./schema.d.ts";

declare const process: { argv: string[] };

type Point = components["schemas"]["Point"];
type Trip = components["schemas"]["TripView"];
type Api = Client<paths, `${string}/${string}`>;
interface Settings {
  rest_url: string;
  stripe_url: string;
  stripe_api_key: string;
  code: string;
  operator_token: string;
  pickup: Point;
  near_pickup: Point;
  dropoff: Point;
}

const PATIENCE_MS = 60_000;
const settings = JSON.parse(process.argv[2] ?? "{}") as Settings;

function client(token?: string): Api {
  return createClient<paths>({
    baseUrl: settings.rest_url,
    headers: token === undefined ? {} : { Authorization: `Bearer ${token}` },
  });
}

/** The data of an answer; a problem is shown with its code. */
function good<T>(answer: { data?: T; error?: { code: string; detail: string } }): T {
  if (answer.data === undefined) throw new Error(`${answer.error?.code}: ${answer.error?.detail}`);
  return answer.data;
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + PATIENCE_MS;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`not within ${PATIENCE_MS} ms`);
    await new Promise((resolve) => setTimeout(resolve, 1000));
  }
}

const once = () => ({ "idempotency-key": crypto.randomUUID() });
const name = () => crypto.randomUUID().replaceAll("-", "").slice(0, 12);

async function signedIn(role: components["schemas"]["ChosenRole"]): Promise<Api> {
  const [api, email, password] = [client(), `${role}-${name()}@example.com`, `${crypto.randomUUID()}-Ride1!`];
  good(await api.POST("/v1/auth/register", { body: { email, password, role } }));
  good(await api.POST("/v1/auth/confirm", { body: { email, code: settings.code } }));
  return client(good(await api.POST("/v1/auth/login", { body: { email, password } })).access_token);
}

async function saveCard(rider: Api): Promise<void> {
  const setup = good(await rider.POST("/v1/riders/me/cards", { params: { header: once() } }));
  const confirmed = await fetch(`${settings.stripe_url}/v1/setup_intents/${setup.setup_intent_id}/confirm`, {
    method: "POST",
    headers: { Authorization: `Bearer ${settings.stripe_api_key}` },
    body: new URLSearchParams({ payment_method: "pm_card_visa", client_secret: setup.client_secret }),
  });
  if (!confirmed.ok) throw new Error(await confirmed.text());
  await until(async () => good(await rider.GET("/v1/riders/me/cards")).cards.length > 0);
}

/** Where the driver was so many seconds ago. */
async function report(driver: Api, ...way: [Point, number][]): Promise<void> {
  const positions = way.map(([place, ago]) => ({
    ...place,
    recorded_at: new Date(Date.now() - ago * 1000).toISOString(),
  }));
  good(await driver.POST("/v1/locations", { body: { positions } }));
}

async function goOnline(driver: Api): Promise<void> {
  const me = { name: "Driver", phone: "+14155550100", licence: `D${name().slice(0, 7)}` };
  const { id } = good(await driver.POST("/v1/drivers/me", { body: me, params: { header: once() } }));
  const plate = name().slice(0, 7).toUpperCase();
  const car = { plate, make: "Toyota", model: "Prius", year: 2023, colour: "silver", vehicle_class: "economy" } as const;
  const vehicle = good(
    await driver.POST("/v1/drivers/me/vehicles", {
      body: { ...car, wheelchair_accessible: false },
      params: { header: once() },
    }),
  );
  const operator = client(settings.operator_token);
  good(await operator.POST("/v1/drivers/{driver_id}/verify", { params: { path: { driver_id: id } } }));
  good(await driver.POST("/v1/drivers/me/online", { body: { vehicle_id: vehicle.id, ...settings.near_pickup } }));
  await report(driver, [settings.near_pickup, 10], [settings.pickup, 0]);
}

async function requested(rider: Api): Promise<string> {
  const { pickup, dropoff } = settings;
  const quote = good(
    await rider.POST("/v1/quotes", {
      body: { pickup, dropoff, product: "economy" },
      params: { header: once() },
    }),
  );
  return good(await rider.POST("/v1/trips", { body: { quote_id: quote.id }, params: { header: once() } })).id;
}

async function drive(rider: Api, driver: Api, trip_id: string): Promise<void> {
  const trip = { params: { path: { trip_id } } };
  const state = async (): Promise<Trip["state"]> => good(await rider.GET("/v1/trips/{trip_id}", trip)).state;
  await until(async () => {
    await report(driver, [settings.pickup, 0]);
    const { data, error } = await driver.POST("/v1/trips/{trip_id}/offer/accept", trip);
    if (error !== undefined && error.code !== "offer_not_found") throw new Error(error.code);
    return data?.state === "accepted";
  });
  await until(async () => (await state()) === "driver_assigned");
  const early = await driver.POST("/v1/trips/{trip_id}/complete", trip);
  if (early.error?.code !== "trip_state_conflict") throw new Error("a trip was completed before it was begun");
  const stays: Trip["state"] | "handed_back" = early.error.state;
  if (stays !== "driver_assigned") throw new Error(stays);
  await report(driver, [settings.pickup, 0]);
  good(await driver.POST("/v1/trips/{trip_id}/arrive", trip));
  const pin = good(await rider.GET("/v1/trips/{trip_id}", trip)).pin;
  if (typeof pin !== "string") throw new Error("the rider is shown no PIN");
  good(await driver.POST("/v1/trips/{trip_id}/start", { ...trip, body: { pin } }));
  good(await driver.POST("/v1/trips/{trip_id}/complete", trip));
  await until(async () => (await state()) === "paid");
}

const [rider, driver] = [await signedIn("rider"), await signedIn("driver")];
await saveCard(rider);
await goOnline(driver);
const trip_id = await requested(rider);
await drive(rider, driver, trip_id);
const receipt = good(await rider.GET("/v1/trips/{trip_id}/receipt", { params: { path: { trip_id } } }));
good(await driver.POST("/v1/drivers/me/offline"));
console.log(JSON.stringify({ trip_id, amount_minor: receipt.amount_minor }));
