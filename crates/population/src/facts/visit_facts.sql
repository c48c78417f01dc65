-- One row a visit whose settlement stands: when, where, of what kind, and what its lines cost, by kind of charge.
-- Money is whole fen (I2). Refunded lines net themselves out in the sums.
WITH sums AS (
    SELECT
        mdtrt_id,
        CAST(SUM(det_item_fee_sumamt) * 100 AS BIGINT) AS lines_fen,
        CAST(SUM(CASE WHEN med_chrgitm_type IN (9, 10, 11) THEN det_item_fee_sumamt ELSE 0 END) * 100 AS BIGINT) AS drug_fen,
        CAST(SUM(CASE WHEN med_chrgitm_type IN (3, 4) THEN det_item_fee_sumamt ELSE 0 END) * 100 AS BIGINT) AS test_fen,
        CAST(SUM(CASE WHEN med_chrgitm_type = 8 THEN det_item_fee_sumamt ELSE 0 END) * 100 AS BIGINT) AS consumable_fen,
        CAST(SUM(CASE WHEN med_chrgitm_type = 5 THEN det_item_fee_sumamt ELSE 0 END) * 100 AS BIGINT) AS treatment_fen,
        CAST(SUM(CASE WHEN med_chrgitm_type = 6 THEN det_item_fee_sumamt ELSE 0 END) * 100 AS BIGINT) AS surgery_fen,
        -- 3301 麻醉 is charged among operations, and without one: for a painless endoscopy, for pain.
        CAST(SUM(CASE WHEN med_chrgitm_type = 6 AND substr(med_list_codg, 1, 6) NOT IN ('003301', '330100') THEN det_item_fee_sumamt ELSE 0 END) * 100 AS BIGINT) AS operation_fen,
        -- 2103 X线计算机体层，2102 磁共振 of the national price items
        CAST(SUM(CASE WHEN substr(med_list_codg, 1, 6) = '002103' THEN det_item_fee_sumamt ELSE 0 END) * 100 AS BIGINT) AS ct_fen,
        CAST(SUM(CASE WHEN substr(med_list_codg, 1, 6) = '002102' THEN det_item_fee_sumamt ELSE 0 END) * 100 AS BIGINT) AS mri_fen,
        -- 1204 注射 of the national price items: 静脉输液 is 120400006
        MAX(CASE WHEN substr(med_list_codg, 1, 11) = '00120400006' THEN 1 ELSE 0 END) AS infused
    FROM charge_lines
    GROUP BY mdtrt_id
)
SELECT
    v.mdtrt_id,
    v.psn_no,
    v.fixmedins_code,
    v.med_type,
    CASE
        WHEN p.pharmacy OR substr(v.med_type, 1, 2) IN ('41', '93') THEN 'pharmacy'
        WHEN substr(v.med_type, 1, 1) = '2' OR substr(v.med_type, 1, 2) = '52' THEN 'inpatient'
        WHEN substr(v.med_type, 1, 2) = '13' THEN 'emergency'
        WHEN substr(v.med_type, 1, 2) = '71' THEN 'home'
        ELSE 'outpatient'
    END AS setting,
    v.begntime AS begins_at,
    CAST(v.begntime AS DATE) AS begins_on,
    CAST(COALESCE(v.endtime, v.begntime) AS DATE) AS ends_on,
    COALESCE(v.setl_time, v.endtime, v.begntime) AS settled_at,
    to_char(COALESCE(v.endtime, v.begntime), '%Y-%m') AS month,
    CASE WHEN v.endtime IS NULL THEN NULL ELSE CAST(v.endtime AS DATE) - CAST(v.begntime AS DATE) END AS nights,
    COALESCE(v.atddr_no, '') AS atddr_no,
    COALESCE(v.dise_codg, '') AS dise_codg,
    COALESCE(v.insuplc_admdvs, '') AS insuplc_admdvs,
    CAST(COALESCE(v.medfee_sumamt, 0) * 100 AS BIGINT) AS total_fen,
    CAST(COALESCE(v.fund_pay_sumamt, 0) * 100 AS BIGINT) AS fund_fen,
    CAST(COALESCE(v.fulamt_ownpay_amt, 0) * 100 AS BIGINT) AS self_funded_fen,
    CAST(v.psn_cash_pay * 100 AS BIGINT) AS cash_fen,
    CAST(v.acct_pay * 100 AS BIGINT) AS account_fen,
    COALESCE(s.lines_fen, 0) AS lines_fen,
    COALESCE(s.drug_fen, 0) AS drug_fen,
    COALESCE(s.test_fen, 0) AS test_fen,
    COALESCE(s.consumable_fen, 0) AS consumable_fen,
    COALESCE(s.treatment_fen, 0) AS treatment_fen,
    COALESCE(s.surgery_fen, 0) AS surgery_fen,
    COALESCE(s.operation_fen, 0) AS operation_fen,
    COALESCE(s.ct_fen, 0) AS ct_fen,
    COALESCE(s.mri_fen, 0) AS mri_fen,
    COALESCE(s.infused, 0) AS infused
FROM visits v
LEFT JOIN places p ON p.fixmedins_code = v.fixmedins_code
LEFT JOIN sums s ON s.mdtrt_id = v.mdtrt_id
WHERE COALESCE(v.refd_setl_flag, '0') <> '1'
