-- Finished stays, with the next one of the same person.
SELECT
    v.mdtrt_id,
    v.psn_no,
    v.fixmedins_code,
    v.begins_on,
    v.ends_on,
    v.month,
    v.nights,
    v.total_fen,
    v.fund_fen,
    v.drug_fen,
    v.surgery_fen,
    v.operation_fen,
    v.cash_fen,
    v.account_fen,
    COALESCE(d.category, '') AS category,
    pl.mdtrt_id IS NOT NULL AS planned,
    LEAD(v.begins_on) OVER (PARTITION BY v.psn_no ORDER BY v.begins_on, v.mdtrt_id) AS next_on,
    LEAD(v.fixmedins_code) OVER (PARTITION BY v.psn_no ORDER BY v.begins_on, v.mdtrt_id) AS next_place,
    LEAD(COALESCE(d.category, '')) OVER (PARTITION BY v.psn_no ORDER BY v.begins_on, v.mdtrt_id) AS next_category,
    LEAD(pl.mdtrt_id IS NOT NULL) OVER (PARTITION BY v.psn_no ORDER BY v.begins_on, v.mdtrt_id) AS next_planned
FROM visit_facts v
LEFT JOIN main_diagnoses d ON d.mdtrt_id = v.mdtrt_id
LEFT JOIN planned_visits pl ON pl.mdtrt_id = v.mdtrt_id
WHERE v.setting = 'inpatient' AND v.nights IS NOT NULL
