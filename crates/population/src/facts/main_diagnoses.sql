-- The main diagnosis of a visit.
SELECT mdtrt_id, MIN(diag_code) AS diag_code, substr(MIN(diag_code), 1, 3) AS category
FROM diagnoses
WHERE maindiag_flag = '1' AND COALESCE(diag_type, 1) = 1
GROUP BY mdtrt_id
