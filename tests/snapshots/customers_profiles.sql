SELECT customer_identifier,
    argMaxIf(customer_name,
    version,
    customer_name != '') AS name,
    argMaxIf(customer_email,
    version,
    customer_email != '') AS email,
    argMaxIf(spans.customer_params,
    version,
    spans.customer_params != '') AS customer_params
FROM spans @final
WHERE organization_id = {organization_id:String}
AND environment = {environment:String}
AND @newest
AND customer_identifier IN ({id0:String},
    {id1:String})
GROUP BY customer_identifier
