-- The gateway's YAML file: what it says is done, again changes nothing, and what is malformed is refused.
\set VERBOSITY terse
\set config `cat configs/api-gateway-oauth-config.yaml 2>/dev/null || cat "$PG_ABS_SRCDIR/configs/api-gateway-oauth-config.yaml"`
BEGIN;
SELECT item, regexp_replace(outcome, '^secret ols_.{43}$', 'a secret') AS outcome FROM openlineage.load_gateway_config(:'config');
SELECT item, outcome FROM openlineage.load_gateway_config(:'config') WHERE item LIKE 'client %';
SELECT client_id, scopes FROM openlineage.oauth_client ORDER BY client_id COLLATE "C";
SELECT item, outcome FROM openlineage.load_gateway_config('issuers: [{issuer: "https://issuer.example.org"}]');
ROLLBACK;

SELECT openlineage.yaml_to_json(E'a: [1, -2, 007, 1.5, "1", true, ~, null, x y]\nb: {c: &n {d: ""}, e: *n}\nf: |\n  two\n  lines\n"g\\"": \'\'');
SELECT openlineage.yaml_to_json('a');
\set VERBOSITY sqlstate
SELECT openlineage.yaml_to_json('');
SELECT openlineage.yaml_to_json('a: [1');
SELECT openlineage.yaml_to_json('[a]: 1');
SELECT openlineage.yaml_to_json('&a [*a]');
SELECT openlineage.yaml_to_json('a: ' || repeat('[', 100) || repeat(']', 100));
SELECT length(openlineage.yaml_to_json(
    (SELECT string_agg(format('k%s: &k%s [%s]', i, i, repeat(CASE i WHEN 0 THEN 'x' ELSE format('*k%s', i - 1) END || ', ', 10)), E'\n' ORDER BY i)
       FROM generate_series(0, 9) AS i))::text);
SELECT openlineage.load_gateway_config('settings: {work_mem: 1}');
SELECT openlineage.load_gateway_config('other: 1');
SELECT openlineage.load_gateway_config('settings: {mlflow_url: "ftp://x"}');
SELECT openlineage.load_gateway_config('just text');
SET ROLE openlineage_admin;
SELECT openlineage.load_gateway_config('{}');
