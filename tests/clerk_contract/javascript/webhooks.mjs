// Webhooks of the sandbox at CLERK_URL, as Clerk's official JavaScript client takes them in: one endpoint, one person's life.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { after, test } from 'node:test';

const { CLERK_URL, CLERK_KEY, CLIENT, MARK } = process.env;
const { createClerkClient } = createRequire(`${CLIENT}/`)('@clerk/backend');
const { verifyWebhook } = createRequire(`${CLIENT}/`)('@clerk/backend/webhooks');
const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'; // the one of Svix's documentation
const clerk = createClerkClient({ secretKey: CLERK_KEY, apiUrl: CLERK_URL, telemetry: { disabled: true } });

const heard = [];
const endpoint = createServer(async (request, response) => {
  const parts = [];
  for await (const part of request) parts.push(part);
  const body = Buffer.concat(parts).toString();
  heard.push({ url: `http://${request.headers.host}${request.url}`, headers: request.headers, body });
  response.writeHead(204).end();
  endpoint.emit('heard');
});
after(() => endpoint.close());

const asRequest = ({ url, headers, body }) => new Request(url, { method: 'POST', headers, body });

test("the client believes what the sandbox signed, and nobody else's", async () => {
  endpoint.listen(0, '127.0.0.1');
  await once(endpoint, 'listening');
  const order = { url: `http://127.0.0.1:${endpoint.address().port}/hooks`, secret: SECRET, types: ['user.*'] };
  assert.equal((await fetch(`${CLERK_URL}/_sandbox/webhooks`, { method: 'POST', body: JSON.stringify(order) })).status, 200);
  const kim = await clerk.users.createUser({ emailAddress: [`kim.${MARK}@example.com`] });
  await clerk.users.updateUser(kim.id, { firstName: 'Kim' });
  await clerk.users.deleteUser(kim.id);
  while (heard.length < 3) await once(endpoint, 'heard');
  const events = await Promise.all(heard.map((one) => verifyWebhook(asRequest(one), { signingSecret: SECRET })));
  assert.deepEqual(events.map((event) => event.type), ['user.created', 'user.updated', 'user.deleted']);
  assert.deepEqual(events.map((event) => event.data.id), [kim.id, kim.id, kim.id]);
  const forged = { ...heard[0], body: heard[0].body.replace('kim.', 'eve.') };
  await assert.rejects(verifyWebhook(asRequest(forged), { signingSecret: SECRET }));
});
