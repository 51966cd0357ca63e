// An identity provider by others: panva's oidc-provider, with two clients that get JWT access tokens (RFC 9068) of
// their own. Usage: node provider.mjs --modules NODE_MODULES --port PORT --keys KEYS.json [--rotate]
//
// The keys are kept in a file, so that the provider can stop and come back; with `--rotate` it comes back with a new
// one, and signs with that from then on.

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: {
    modules: { type: 'string' },
    port: { type: 'string' },
    keys: { type: 'string' },
    rotate: { type: 'boolean', default: false },
  },
});
const require = createRequire(pathToFileURL(join(values.modules, 'x.js')));
const installed = (name) => import(pathToFileURL(require.resolve(name)).href);
const { Provider } = await installed('oidc-provider');
const { exportJWK, generateKeyPair } = await installed('jose');

async function newKey(number) {
  const { privateKey } = await generateKeyPair('RS256', { extractable: true });
  return { ...(await exportJWK(privateKey)), kid: `key-${number}`, alg: 'RS256', use: 'sig' };
}

const keys = existsSync(values.keys) ? JSON.parse(readFileSync(values.keys, 'utf8')) : [];
if (keys.length === 0 || values.rotate) {
  keys.unshift(await newKey(keys.length));
  writeFileSync(values.keys, JSON.stringify(keys), { mode: 0o600 });
}

const client = (id) => ({
  client_id: id,
  client_secret: `${id}-secret`,
  grant_types: ['client_credentials'],
  redirect_uris: [],
  response_types: [],
});
const issuer = `http://127.0.0.1:${values.port}`;
const provider = new Provider(issuer, {
  clients: [client('erp'), client('guest')],
  jwks: { keys },
  features: {
    devInteractions: { enabled: false },
    clientCredentials: { enabled: true },
    resourceIndicators: {
      enabled: true,
      getResourceServerInfo: (_, resource) => ({
        scope: 'read',
        audience: resource,
        accessTokenFormat: 'jwt',
        accessTokenTTL: 3600,
        jwt: { sign: { alg: 'RS256', kid: keys[0].kid } },
      }),
    },
  },
  extraTokenClaims: () => ({ tenant: 'acme' }),
});
provider.listen(Number(values.port), '127.0.0.1', () => console.log('ready'));
