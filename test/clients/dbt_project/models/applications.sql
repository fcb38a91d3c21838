select
    application_id,
    customer_id,
    amount,
    decision
from {{ source('bank', 'raw_applications') }}
