$openapi$$function$;
COMMENT ON FUNCTION openlineage.api_openapi(text[], json) IS
    'GET /openapi.json: the OpenAPI 3.1 document of all endpoints. No parameters, no errors. From src/api/openapi.json.';
