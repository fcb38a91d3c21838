// A real OpenID provider for tests: node issuer.mjs PORT, in a folder with node_modules.
//
// Four clients with the client-credentials grant, each signing with another algorithm, and the public
// client "psql" with the device flow.  Beside the provider's own endpoints:
//   POST /__rotate   new keys sign from now on, the old ones stay published
//   POST /__retire   the old ones are published no more
import crypto from 'node:crypto';
import http from 'node:http';
import Provider from 'oidc-provider';

const port = Number(process.argv[2]);
const issuer = `http://127.0.0.1:${port}`;
const audience = 'openlineage';
const scopes = ['lineage:read', 'lineage:write', 'models:read', 'features:read', 'admin'];
const clients = {
  'api-gateway': { algorithm: 'RS256', scopes: ['lineage:read', 'lineage:write', 'admin'], roles: ['administrator'], namespaces: ['*'] },
  mlflow: { algorithm: 'ES256', scopes: ['lineage:write', 'models:read'], roles: ['producer'], namespaces: ['mlflow'] },
  feast: { algorithm: 'EdDSA', scopes: ['lineage:write', 'features:read'], roles: ['producer'], namespaces: ['feast'] },
  modelcatalogue: { algorithm: 'PS256', scopes: ['lineage:read', 'models:read'], roles: ['analyst'], namespaces: ['modelcatalogue', 'mlflow'] },
};

let generation = 0;
let keys = [];

function publicationOf(type, options, alg) {
  const jwk = crypto.generateKeyPairSync(type, options).privateKey.export({ format: 'jwk' });
  return { ...jwk, use: 'sig', alg, kid: `${alg}-${generation}` };
}

function makeKeys() {
  generation += 1;
  return [
    publicationOf('rsa', { modulusLength: 2048 }, 'RS256'), publicationOf('rsa', { modulusLength: 2048 }, 'PS256'),
    publicationOf('ec', { namedCurve: 'P-256' }, 'ES256'), publicationOf('ed25519', {}, 'EdDSA'),
  ];
}

function clientOf([id, client]) {
  return {
    client_id: id, client_secret: `${id}-secret-of-the-test`, grant_types: ['client_credentials'], redirect_uris: [],
    response_types: [], scope: client.scopes.join(' '), token_endpoint_auth_method: 'client_secret_basic',
  };
}

const device = {
  client_id: 'psql', token_endpoint_auth_method: 'none', application_type: 'native', redirect_uris: [], response_types: [],
  grant_types: ['urn:ietf:params:oauth:grant-type:device_code', 'refresh_token'], scope: 'openid lineage:read',
};

function makeProvider() {
  const seconds = 600;
  return new Provider(issuer, {
    clients: [...Object.entries(clients).map(clientOf), device],
    scopes: ['openid', 'offline_access', ...scopes],
    jwks: { keys },
    cookies: { keys: ['a key of the test'] },
    pkce: { required: () => false },
    enabledJWA: { idTokenSigningAlgValues: ['RS256', 'PS256', 'ES256', 'EdDSA'] },
    ttl: { ClientCredentials: seconds, AccessToken: seconds, DeviceCode: seconds, Grant: seconds, Session: seconds, Interaction: seconds, IdToken: seconds },
    findAccount: (context, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
    extraTokenClaims: (context, token) => {
      const client = clients[token.clientId];
      return client ? { roles: client.roles, namespaces: client.namespaces } : { roles: ['analyst'], namespaces: ['demo'] };
    },
    features: {
      devInteractions: { enabled: true }, clientCredentials: { enabled: true }, deviceFlow: { enabled: true },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => 'urn:openlineage',
        useGrantedResource: () => true,
        getResourceServerInfo: (context, resource, client) => ({
          scope: scopes.join(' '), audience, accessTokenFormat: 'jwt',
          jwt: { sign: { alg: clients[client.clientId]?.algorithm ?? 'RS256' } },
        }),
      },
    },
  }).callback();
}

keys = makeKeys();
let answer = makeProvider();
const control = {
  '/__rotate': () => { keys = [...makeKeys(), ...keys]; },
  '/__retire': () => { keys = keys.slice(0, 4); },
};
http.createServer((request, response) => {
  const change = request.method === 'POST' ? control[request.url] : undefined;
  if (change === undefined) return answer(request, response);
  change();
  answer = makeProvider();
  return response.end(`${generation}\n`);
}).listen(port, '127.0.0.1');
