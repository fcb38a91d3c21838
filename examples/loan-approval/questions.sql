-- Three questions to the lineage of the loan-approval story; demo.sh runs this file with psql.
\pset footer off
\set raw 'dataset:postgres://crm-db:5432:crm.public.customers'
\set income 'datasetField:postgres://crm-db:5432:crm.public.customers:annual_income'
\set model 'dataset:mlflow://ml-platform:5002:loan_approval_model'

\echo
\echo '1. The raw customer table is about to change. What is affected, and by which way?'
SELECT distance, kind, node, predecessor
FROM openlineage.impact(:'raw')
ORDER BY distance, node;

\echo '2. Only its column "annual_income" changes. Which columns depend on it?'
SELECT distance, name, field, transformation
FROM openlineage.column_lineage(:'income', 20, 'downstream')
WHERE distance > 0
ORDER BY distance, name, field;

\echo '3. A regulator asks: what was the model loan_approval_model built from?'
SELECT distance, kind, namespace, name
FROM openlineage.lineage(:'model', 20, 'upstream')
WHERE distance > 0
ORDER BY distance, kind, name;
