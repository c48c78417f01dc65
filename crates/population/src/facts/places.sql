-- One row an institution, with its peers.
SELECT
    fixmedins_code,
    COALESCE(fixmedins_name, fixmedins_code) AS name,
    COALESCE(admdvs, '') AS admdvs,
    bed_cnt,
    COALESCE(fixmedins_type, '1') = '2' AS pharmacy,
    COALESCE(internet_flag, '0') = '1' AS internet,
    -- Peers: pharmacies; hospitals by level. Where a level has too few, all of the kind are the peers.
    CASE
        WHEN COALESCE(fixmedins_type, '1') = '2' THEN '药店'
        WHEN hosp_lv IN ('1', '2', '3', '4', '12', '01', '02', '03', '04') THEN '三级医院'
        WHEN hosp_lv IN ('5', '6', '7', '13', '05', '06', '07') THEN '二级医院'
        WHEN hosp_lv IN ('8', '9', '10', '14', '08', '09') THEN '一级医院'
        ELSE '未定级医院'
    END AS peer,
    CASE WHEN COALESCE(fixmedins_type, '1') = '2' THEN '药店' ELSE '医院' END AS wider
FROM institutions
