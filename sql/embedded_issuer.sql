-- The embedded issuer: clients and secrets, tokens that login() takes, rotation, and its end when an
-- external issuer comes.
\set VERBOSITY terse
BEGIN;

-- a client, its secret shown once and nowhere else
SELECT openlineage.create_client('feast') AS first \gset
SELECT :'first' ~ '^ols_[A-Za-z0-9_-]{43}$' AS form;
SELECT client_id, scopes FROM openlineage.oauth_client;
SELECT count(*) FROM openlineage.oauth_client_secret AS s WHERE s::text LIKE '%' || :'first' || '%';

-- a token for it
SELECT openlineage.issue_token('feast', :'first', NULL) AS answer \gset
SELECT (:'answer'::json ->> 'status') AS status, :'answer'::json #>> '{body,token_type}' AS type,
       :'answer'::json #>> '{body,expires_in}' AS lifetime, :'answer'::json #>> '{body,scope}' AS scope;
SELECT :'answer'::json #>> '{body,access_token}' AS token \gset
SELECT openlineage.login(:'token');
SELECT openlineage.user_id(), openlineage.scopes(), openlineage.has_scope('lineage:read') AS reads,
       openlineage.has_scope('models:read') AS models;
SELECT openlineage.claims() ->> 'client_id' AS client, openlineage.claims() ->> 'iss' AS issuer;
SELECT openlineage.issue_token('feast', :'first', 'features:read  lineage:read features:read') #>> '{body,scope}' AS subset;

-- what is refused, by RFC 6749
SELECT openlineage.issue_token('feast', 'wrong', NULL) AS wrong_secret;
SELECT openlineage.issue_token('feast', NULL, NULL) AS no_secret;
SELECT openlineage.issue_token('feast', '', NULL) AS empty_secret;
SELECT openlineage.issue_token('nobody', :'first', NULL) AS unknown;
SELECT openlineage.issue_token(NULL, NULL, NULL) AS nothing;
SELECT openlineage.issue_token('feast', :'first', 'features:read admin') AS wider_scope;

-- two secrets at a time
SELECT openlineage.rotate_client_secret('feast') AS second \gset
SELECT openlineage.issue_token('feast', :'first', NULL) ->> 'status' AS first, openlineage.issue_token('feast', :'second', NULL) ->> 'status' AS second;
SELECT openlineage.rotate_client_secret('feast') AS third \gset
SELECT openlineage.issue_token('feast', :'first', NULL) ->> 'status' AS first, openlineage.issue_token('feast', :'second', NULL) ->> 'status' AS second,
       openlineage.issue_token('feast', :'third', NULL) ->> 'status' AS third;
SELECT openlineage.rotate_client_secret('feast', at_once => true) AS fourth \gset
SELECT openlineage.issue_token('feast', :'third', NULL) ->> 'status' AS third, openlineage.issue_token('feast', :'fourth', NULL) ->> 'status' AS fourth;

-- secrets of the environment, once
SELECT openlineage.seed_clients('{"mlflow": "short"}');
SELECT openlineage.seed_clients('{"mlflow": "environment1", "api-gateway": "environment2", "feast": "environment3"}');
SELECT openlineage.seed_clients('{"mlflow": "environment4"}');
SELECT openlineage.issue_token('mlflow', 'environment1', NULL) ->> 'status' AS seeded, openlineage.issue_token('mlflow', 'environment4', NULL) ->> 'status' AS later,
       openlineage.issue_token('feast', 'environment3', NULL) ->> 'status' AS had_one;

-- keys: published, rotated with overlap, and without
SELECT openlineage.issuer_document('configuration') -> 'body' AS configuration;
SELECT k ->> 'kty' AS kty, k ->> 'crv' AS crv, k ->> 'alg' AS alg, k ->> 'use' AS use, (k ->> 'd') IS NULL AS public,
       length(k ->> 'x') AS x, length(k ->> 'y') AS y
  FROM json_array_elements(openlineage.issuer_document('jwks') #> '{body,keys}') AS k;
SELECT openlineage.rotate_signing_key() IS NOT NULL AS rotated;
SELECT json_array_length(openlineage.issuer_document('jwks') #> '{body,keys}') AS keys;
SELECT openlineage.login(:'token');
SELECT openlineage.issue_token('feast', :'fourth', NULL) #>> '{body,access_token}' AS newer \gset
SELECT openlineage.login(:'newer');
SELECT openlineage.rotate_signing_key('0') IS NOT NULL AS rotated;
SELECT json_array_length(openlineage.issuer_document('jwks') #> '{body,keys}') AS keys;
SAVEPOINT s;
SELECT openlineage.login(:'newer');
ROLLBACK TO s;

-- another name of the gateway ends what was issued under the one before
SELECT openlineage.issue_token('feast', :'fourth', NULL) #>> '{body,access_token}' AS token \gset
SELECT openlineage.login(:'token');
SET LOCAL openlineage.gateway_url = 'https://gateway.example.org';
SELECT openlineage.issue_token('feast', :'fourth', NULL) #>> '{body,access_token}' AS moved \gset
SELECT openlineage.login(:'moved');
SELECT openlineage.claims() ->> 'iss' AS issuer;
SAVEPOINT s;
SELECT openlineage.login(:'token');
ROLLBACK TO s;
SELECT issuer FROM openlineage.issuer;

-- an external issuer ends it
SELECT openlineage.add_issuer('https://issuer.example.org', 'openlineage', jwks => '{"keys": []}');
SELECT issuer FROM openlineage.issuer;
SELECT openlineage.issue_token('feast', :'fourth', NULL) AS off;
SELECT openlineage.issuer_document('jwks') ->> 'status' AS jwks, openlineage.issuer_document('configuration') ->> 'status' AS configuration;
SAVEPOINT s;
SELECT openlineage.login(:'moved');
ROLLBACK TO s;
SELECT openlineage.rotate_signing_key();
ROLLBACK TO s;
SELECT openlineage.remove_issuer('https://issuer.example.org');
SELECT openlineage.issue_token('feast', :'fourth', NULL) ->> 'status' AS on_again;

-- malformed requests of administrators
SAVEPOINT s;
\set VERBOSITY sqlstate
SELECT openlineage.create_client('feast');
ROLLBACK TO s;
SELECT openlineage.create_client('a b');
ROLLBACK TO s;
SELECT openlineage.create_client('');
ROLLBACK TO s;
SELECT openlineage.create_client(NULL);
ROLLBACK TO s;
SELECT openlineage.create_client('other', '{a b}');
ROLLBACK TO s;
SELECT openlineage.rotate_client_secret('nobody');
ROLLBACK TO s;
SELECT openlineage.secret_hash('a', 'b', 0);
ROLLBACK TO s;
SELECT openlineage.sign_token('{}', '{}', 'no key');
ROLLBACK TO s;
SELECT openlineage.remove_client('feast'), openlineage.remove_client('nobody');
SELECT openlineage.issue_token('feast', :'fourth', NULL) ->> 'status' AS removed;

-- who may do what
SAVEPOINT s;
SET LOCAL ROLE openlineage_admin;
SELECT openlineage.create_client('other', '{lineage:read}') IS NOT NULL AS made;
SELECT client_id FROM openlineage.oauth_client ORDER BY client_id COLLATE "C";
SAVEPOINT t;
SELECT count(*) FROM openlineage.signing_key;
ROLLBACK TO t;
SELECT count(*) FROM openlineage.oauth_client_secret;
ROLLBACK TO t;
SELECT openlineage.issue_token('other', 'x', NULL);
ROLLBACK TO t;
SELECT openlineage.change('issue_token', NULL, '{"client_id": "other"}');
ROLLBACK TO s;
SET LOCAL ROLE openlineage_writer;
SELECT openlineage.create_client('other');
ROLLBACK TO s;
SET LOCAL ROLE openlineage_writer;
SELECT openlineage.change('create_client', NULL, '{"client_id": "other"}');
ROLLBACK TO s;
SET LOCAL ROLE openlineage_writer;
SELECT openlineage.change('issue_token', NULL, '{"client_id": "other"}');
ROLLBACK TO s;
SET LOCAL ROLE openlineage_worker;
SELECT openlineage.issue_token('nobody', 'x', NULL) ->> 'status' AS worker;
SELECT openlineage.change('create_client', NULL, '{"client_id": "other"}');
ROLLBACK TO s;
SET LOCAL ROLE openlineage_worker;
SELECT count(*) FROM openlineage.signing_key;
ROLLBACK;
