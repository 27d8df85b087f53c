// Drives the double with stripe-node: `node drive.mjs URL API_KEY`. Prints what it saw as JSON.
import { createServer } from "node:http";

import Stripe from "stripe";

const [url, key] = process.argv.slice(2);
const { hostname, port } = new URL(url);
const options = { host: hostname, port, protocol: "http", telemetry: false, maxNetworkRetries: 2 };
const stripe = new Stripe(key, options);
const phone = new Stripe(key.replace("sk_", "pk_"), options);

/** A webhook endpoint on a free port, with the events whose signature it verified. */
async function receiving() {
  const arrived = [];
  const waiting = [];
  const server = createServer(async (request, response) => {
    const parts = [];
    for await (const part of request) parts.push(part);
    try {
      const signature = request.headers["stripe-signature"];
      arrived.push(stripe.webhooks.constructEvent(Buffer.concat(parts), signature, endpoint.secret));
      response.writeHead(200).end();
    } catch (error) {
      arrived.push({ type: `refused: ${error.message}` });
      response.writeHead(400).end();
    }
    waiting.splice(0).forEach((resolve) => resolve());
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = `http://127.0.0.1:${server.address().port}/`;
  const endpoint = await stripe.webhookEndpoints.create({ url: address, enabled_events: ["payment_intent.*"] });
  const until = async (type) => {
    while (!arrived.some((event) => event.type === type)) await new Promise((resolve) => waiting.push(resolve));
  };
  return { arrived, until, close: () => server.close() };
}

async function cardOf(customer) {
  const setup = await stripe.setupIntents.create({ customer: customer.id, allowed_payment_method_types: ["card"] });
  const given = { client_secret: setup.client_secret, payment_method: "pm_card_visa" };
  return (await phone.setupIntents.confirm(setup.id, given)).payment_method;
}

async function held(customer, card) {
  return stripe.paymentIntents.create({
    amount: 2000,
    currency: "usd",
    customer: customer.id,
    payment_method: card,
    capture_method: "manual",
    confirm: true,
    off_session: true,
  });
}

async function authenticated() {
  const waiting = await stripe.paymentIntents.create({
    amount: 900,
    currency: "usd",
    payment_method: "pm_card_authenticationRequired",
    allowed_payment_method_types: ["card"],
    capture_method: "manual",
    confirm: true,
    return_url: "https://shop.example/back",
  });
  const answer = await fetch(waiting.next_action.redirect_to_url.url, {
    method: "POST",
    body: new URLSearchParams({ outcome: "succeed" }),
    redirect: "manual",
  });
  const now = await phone.paymentIntents.retrieve(waiting.id, { client_secret: waiting.client_secret });
  return [waiting.status, answer.status, now.status];
}

async function errorOf(work) {
  try {
    await work();
  } catch (error) {
    const { type, code, decline_code: declineCode, statusCode } = error;
    return { type, code, declineCode, statusCode };
  }
  return null;
}

async function connected() {
  await stripe.paymentIntents.create({
    amount: 5000,
    currency: "usd",
    payment_method: "pm_card_bypassPending",
    allowed_payment_method_types: ["card"],
    confirm: true,
  });
  const bank = { object: "bank_account", country: "US", currency: "usd", account_number: "000123456789" };
  const account = await stripe.accounts.create({ type: "standard", external_account: bank });
  await stripe.transfers.create({ amount: 1000, currency: "usd", destination: account.id });
  const payout = await stripe.payouts.create({ amount: 400, currency: "usd" }, { stripeAccount: account.id });
  const balance = await stripe.balance.retrieve({}, { stripeAccount: account.id });
  return { payout: payout.status, available: balance.available[0].amount };
}

const webhooks = await receiving();
const customer = await stripe.customers.create({ email: "ada@example.com", metadata: { rider_id: "7" } });
const intent = await held(customer, await cardOf(customer));
const captured = await stripe.paymentIntents.capture(intent.id, {
  amount_to_capture: 1500,
  expand: ["latest_charge.balance_transaction"],
});
const once = { idempotencyKey: "refund-1" };
const refunds = [];
for (let time = 0; time < 2; time += 1) {
  refunds.push(await stripe.refunds.create({ payment_intent: intent.id, amount: 400 }, once));
}
for (let number = 0; number < 5; number += 1) await stripe.customers.create({ name: `Rider ${number}` });
const listed = [];
for await (const each of stripe.customers.list({ limit: 2 })) listed.push(each.id);
const found = await stripe.customers.search({ query: "metadata['rider_id']:'7'" });
const declined = await errorOf(async () => {
  const card = await stripe.paymentMethods.attach("pm_card_chargeCustomerFail", { customer: customer.id });
  await held(customer, card.id);
});
await webhooks.until("payment_intent.payment_failed");
webhooks.close();

console.log(
  JSON.stringify({
    version: captured.lastResponse.apiVersion,
    hold: intent.status,
    captured: [captured.status, captured.amount_received, captured.latest_charge.balance_transaction.amount],
    refunds: new Set(refunds.map((refund) => refund.id)).size,
    customers: listed.length,
    found: found.data.map((each) => each.email),
    declined,
    refused: await errorOf(() => stripe.customers.list({ limit: 101 })),
    unknownAccount: await errorOf(() => stripe.customers.list({}, { stripeAccount: "acct_nobody" })),
    authenticated: await authenticated(),
    connected: await connected(),
    events: webhooks.arrived.map((event) => event.type),
  }),
);
