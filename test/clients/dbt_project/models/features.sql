select
    a.application_id,
    a.amount / c.monthly_income as amount_to_income,
    a.decision
from {{ ref('applications') }} as a
join {{ ref('customers') }} as c on c.customer_id = a.customer_id
