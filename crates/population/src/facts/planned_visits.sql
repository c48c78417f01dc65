-- Visits with a diagnosis or programme that brings people back on its own: dialysis, chemo- and radiotherapy,
-- childbirth, psychiatry, tuberculosis.
SELECT DISTINCT mdtrt_id
FROM diagnoses
WHERE substr(diag_code, 1, 3) IN ('N18', 'Z49', 'Z51', 'Z52', 'A15', 'A16', 'F20', 'F25', 'F31', 'O80', 'O81', 'O82')
