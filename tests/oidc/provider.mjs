// A certified OpenID provider on this machine for tests/test_certified.py: one client, one account, PKCE demanded, no questions asked.
// PORT, REDIRECT and TAMPER come from the environment; TAMPER=nonce gives ID tokens another nonce than was asked for.
import { createServer } from 'node:http';
import Provider from 'oidc-provider';

const { PORT, REDIRECT, TAMPER } = process.env;
const issuer = `http://localhost:${PORT}`;
const provider = new Provider(issuer, {
  clients: [{ client_id: 'ieum', client_secret: "the client's secret", redirect_uris: [REDIRECT], post_logout_redirect_uris: [REDIRECT] }],
  pkce: { required: () => true },
  claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name'] },
  conformIdTokenClaims: false,
  findAccount: (context, id) => ({
    accountId: id,
    claims: () => ({ sub: id, email: `${id}@example.org`, email_verified: true, name: id }),
  }),
  // Whoever comes is the account in the login hint of the test's cookie: the provider's own pages are none of ours to try.
  interactions: { url: (context, interaction) => `/interaction/${interaction.uid}` },
  features: { devInteractions: { enabled: false } },
});
provider.use(async (context, next) => {
  const found = /^\/interaction\/([^/]+)$/.exec(context.path);
  if (!found) {
    if (TAMPER === 'nonce' && context.path === '/auth' && context.query.nonce) {
      context.query = { ...context.query, nonce: 'another one' };
    }
    return next();
  }
  const details = await provider.interactionDetails(context.req, context.res);
  const grant = new provider.Grant({ accountId: 'kim', clientId: 'ieum' });
  grant.addOIDCScope('openid email profile');
  const result = { login: { accountId: 'kim' }, consent: { grantId: await grant.save() } };
  await provider.interactionFinished(context.req, context.res, result, { mergeWithLastSubmission: true });
});
createServer(provider.callback()).listen(Number(PORT), '127.0.0.1', () => console.log('ready'));
