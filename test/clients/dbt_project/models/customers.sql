select
    customer_id,
    income as monthly_income
from {{ source('bank', 'raw_customers') }}
