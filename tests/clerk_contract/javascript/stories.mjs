// What Clerk's official JavaScript client is asked for, and what it makes of the answers. The test that runs this file gives
// it a Clerk (CLERK_URL, CLERK_KEY), a folder with the client (CLIENT), and a mark for every name (MARK).

import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { test } from 'node:test';

const { CLERK_URL, CLERK_KEY, CLIENT, MARK } = process.env;
const { createClerkClient, verifyToken } = createRequire(`${CLIENT}/`)('@clerk/backend');
const clerk = createClerkClient({ secretKey: CLERK_KEY, apiUrl: CLERK_URL, telemetry: { disabled: true } });

// a real instance allows fewer calls than this file makes at once
const fetched = globalThis.fetch;
globalThis.fetch = async (...request) => {
  for (let tries = 1; ; tries++) {
    const answer = await fetched(...request);
    if (answer.status !== 429 || tries === 10) return answer;
    await new Promise((done) => setTimeout(done, 1000 * Number(answer.headers.get('Retry-After') ?? 1)));
  }
};

const email = (name) => `${name}.${MARK}+clerk_test@example.com`;
const ids = (page) => page.data.map((item) => item.id);
const person = (name) =>
  clerk.users.createUser({
    emailAddress: [email(name)],
    externalId: `${name}_${MARK}`,
    firstName: name,
    skipPasswordRequirement: true,
    skipLegalChecks: true,
  });
const workspace = (name, owner) => clerk.organizations.createOrganization({ name: `${name} ${MARK}`, createdBy: owner.id });

test('users are created, found, counted, changed and deleted', async () => {
  const kim = await person('kim');
  assert.equal(kim.primaryEmailAddress.emailAddress, email('kim'));
  assert.equal((await clerk.users.getUser(kim.id)).externalId, `kim_${MARK}`);
  assert.deepEqual(ids(await clerk.users.getUserList({ externalId: [`kim_${MARK}`] })), [kim.id]);
  assert.equal(await clerk.users.getCount({ emailAddress: [email('kim')] }), 1);
  assert.equal((await clerk.users.updateUser(kim.id, { lastName: 'Park' })).fullName, 'kim Park');
  assert.deepEqual((await clerk.users.updateUserMetadata(kim.id, { publicMetadata: { a: 1 } })).publicMetadata, { a: 1 });
  assert.equal((await clerk.users.banUser(kim.id)).banned, true);
  assert.equal((await clerk.users.unbanUser(kim.id)).banned, false);
  assert.equal((await clerk.users.lockUser(kim.id)).locked, true);
  assert.equal((await clerk.users.unlockUser(kim.id)).locked, false);
  await clerk.users.deleteUser(kim.id);
  assert.equal(await clerk.users.getCount({ emailAddress: [email('kim')] }), 0);
});

test('addresses are added, made primary and removed', async () => {
  const lee = await person('lee');
  const second = await clerk.emailAddresses.createEmailAddress({ userId: lee.id, emailAddress: email('lea'), verified: true });
  assert.equal((await clerk.emailAddresses.getEmailAddress(second.id)).verification.status, 'verified');
  await clerk.emailAddresses.updateEmailAddress(second.id, { primary: true });
  assert.equal((await clerk.emailAddresses.deleteEmailAddress(lee.primaryEmailAddressId)).deleted, true);
  assert.equal((await clerk.users.getUser(lee.id)).primaryEmailAddress.emailAddress, email('lea'));
});

test('organizations and their members are made, read, changed and removed', async () => {
  const [ada, mia] = [await person('ada'), await person('mia')];
  const place = await workspace('Research', ada);
  const at = { organizationId: place.id };
  assert.equal((await clerk.organizations.getOrganization({ ...at, includeMembersCount: true })).membersCount, 1);
  assert.deepEqual(ids(await clerk.organizations.getOrganizationList({ userId: [ada.id] })), [place.id]);
  assert.equal((await clerk.organizations.updateOrganization(place.id, { maxAllowedMemberships: 9 })).maxAllowedMemberships, 9);
  const changed = await clerk.organizations.updateOrganizationMetadata(place.id, { publicMetadata: { a: 1 } });
  assert.deepEqual(changed.publicMetadata, { a: 1 });
  const one = { ...at, userId: mia.id };
  assert.equal((await clerk.organizations.createOrganizationMembership({ ...one, role: 'org:member' })).role, 'org:member');
  assert.equal((await clerk.organizations.updateOrganizationMembership({ ...one, role: 'org:admin' })).role, 'org:admin');
  const members = await clerk.organizations.getOrganizationMembershipList({ ...at, orderBy: '+created_at' });
  assert.deepEqual(members.data.map((member) => member.publicUserData.userId), [ada.id, mia.id]);
  assert.equal((await clerk.users.getOrganizationMembershipList({ userId: mia.id })).totalCount, 1);
  assert.equal((await clerk.organizations.deleteOrganizationMembership(one)).publicUserData.userId, mia.id);
  await clerk.organizations.deleteOrganization(place.id);
  assert.equal((await clerk.users.getOrganizationMembershipList({ userId: ada.id })).totalCount, 0);
});

test('sessions are made, listed and revoked, and their tokens verify', async () => {
  const ada = await person('ina');
  const place = await workspace('Data', ada);
  const session = await clerk.sessions.createSession({ userId: ada.id });
  assert.deepEqual(ids(await clerk.sessions.getSessionList({ userId: ada.id, status: 'active' })), [session.id]);
  const { jwt } = await clerk.sessions.getToken(session.id);
  const claims = await verifyToken(jwt, { secretKey: CLERK_KEY, apiUrl: CLERK_URL });
  assert.equal(claims.sub, ada.id);
  assert.equal(claims.sid, session.id);
  assert.equal((await clerk.sessions.revokeSession(session.id)).status, 'revoked');
  assert.equal((await clerk.sessions.getSession(session.id)).status, 'revoked');
  const ticket = await clerk.signInTokens.createSignInToken({ userId: ada.id, orgId: place.id, expiresInSeconds: 60 });
  assert.equal(ticket.status, 'pending');
  assert.equal((await clerk.signInTokens.revokeSignInToken(ticket.id)).status, 'revoked');
});

test('roles, permissions, role sets and JWT templates are read and written', async () => {
  const name = `Reader ${MARK}`;
  const permission = await clerk.organizationPermissions.createOrganizationPermission({ name, key: `org:r_${MARK}:read` });
  const role = await clerk.organizationRoles.createOrganizationRole({ name, key: `org:r_${MARK}` });
  const pair = { organizationRoleId: role.id, permissionId: permission.id };
  assert.equal((await clerk.organizationRoles.assignPermissionToOrganizationRole(pair)).permissions[0].key, permission.key);
  assert.deepEqual(ids(await clerk.organizationRoles.getOrganizationRoleList({ query: MARK })), [role.id]);
  assert.equal((await clerk.organizationRoles.deleteOrganizationRole(role.id)).deleted, true);
  assert.equal((await clerk.roleSets.getRoleSet('role_set:default')).key, 'role_set:default');
  const template = await clerk.jwtTemplates.create({ name: `r_${MARK}`, claims: { aud: 'reports' } });
  assert.deepEqual((await clerk.jwtTemplates.get(template.id)).claims, { aud: 'reports' });
  assert.ok(ids(await clerk.jwtTemplates.list({ limit: 100 })).includes(template.id));
  assert.equal((await clerk.jwtTemplates.delete(template.id)).deleted, true);
});

test('the instance and its keys are read', async () => {
  assert.equal((await clerk.instance.get()).environmentType, 'development');
  assert.equal((await clerk.jwks.getJwks()).keys[0].alg, 'RS256');
});

test("a refusal is the client's own error, with Clerk's code, parameter and trace", async () => {
  await person('noa');
  const refused = await person('noa').catch((error) => error);
  assert.equal(refused.clerkError, true);
  assert.equal(refused.status, 422);
  assert.match(refused.clerkTraceId, /^[0-9a-f]{32}$/);
  assert.deepEqual(new Set(refused.errors.map((error) => error.code)), new Set(['form_identifier_exists']));
});
