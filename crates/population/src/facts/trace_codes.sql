-- One row a traceability code of a line: whose, where, when, and how much of a pack it stands for (a refund is less
-- than nothing). A line of three packs carries three codes.
WITH lines AS (
    SELECT
        l.feedetl_sn,
        l.mdtrt_id,
        l.med_list_codg,
        COALESCE(l.medins_list_name, l.med_list_codg) AS name,
        l.fee_ocur_time AS at,
        CAST(l.cnt AS DOUBLE) AS packs,
        CAST(l.det_item_fee_sumamt * 100 AS BIGINT) AS amount_fen,
        l.drug_trac_codg AS codes,
        character_length(l.drug_trac_codg) - character_length(replace(l.drug_trac_codg, ';', '')) + 1 AS number
    FROM charge_lines l
    WHERE l.drug_trac_codg IS NOT NULL
)
SELECT
    split_part(l.codes, ';', n.n) AS code,
    l.feedetl_sn,
    l.mdtrt_id,
    f.psn_no,
    f.fixmedins_code,
    l.med_list_codg,
    l.name,
    l.at,
    CAST(l.at AS DATE) AS occurred_on,
    l.packs / l.number AS packs,
    l.amount_fen
FROM lines l
JOIN (VALUES (1), (2), (3), (4), (5), (6), (7), (8), (9), (10)) AS n (n) ON n.n <= l.number
JOIN visit_facts f ON f.mdtrt_id = l.mdtrt_id
WHERE split_part(l.codes, ';', n.n) <> ''
