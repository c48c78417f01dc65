//! What the reading side knows of the claims folder: tables, columns, kinds, which are required.
//!
//! `read` columns end up in a [`model::PersonCase`]; the others are known to the contract (so they
//! are not reported as strangers) but are not decoded, which a scan of many columns feels.

/// How the values of a column are understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A code: trimmed, full-width characters folded.
    Code,
    /// Free text: trimmed only.
    Name,
    /// A small whole number.
    Whole,
    Day,
    Stamp,
    Fen,
    Price,
    Quantity,
}

/// Whether a row can live without the value, and whether anybody reads it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Need {
    Required,
    Read,
    Known,
}

#[derive(Debug)]
pub(crate) struct ColumnSpec {
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    pub(crate) need: Need,
}

#[derive(Debug)]
pub(crate) struct TableSpec {
    pub(crate) name: &'static str,
    pub(crate) columns: &'static [ColumnSpec],
}

/// Which columns are decoded: those that a case holds, or all that the contract knows, for the lake.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reading {
    Judged,
    Everything,
}

impl Reading {
    pub(crate) fn wants(self, need: Need) -> bool {
        self == Self::Everything || need != Need::Known
    }
}

impl TableSpec {
    /// The columns that are decoded.
    pub(crate) fn read_columns(&self, reading: Reading) -> Vec<usize> {
        (0..self.columns.len()).filter(|&c| self.columns.get(c).is_some_and(|c| reading.wants(c.need))).collect()
    }

    pub(crate) fn position(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column.name == name)
    }
}

macro_rules! tables {
    ($($spec:ident $module:ident $name:literal { $($column:ident $kind:ident $need:ident,)* })*) => {$(
        pub(crate) static $spec: TableSpec = TableSpec {
            name: $name,
            columns: &[$(ColumnSpec { name: stringify!($column), kind: Kind::$kind, need: Need::$need },)*],
        };
        /// Positions of the columns, under their wire names.
        #[allow(non_upper_case_globals, non_camel_case_types, dead_code, clippy::upper_case_acronyms)]
        pub(crate) mod $module {
            enum Order { $($column,)* }
            $(pub(crate) const $column: usize = Order::$column as usize;)*
        }
    )*};
}

tables! {
    PERSONS person "persons" {
        psn_no Code Required,
        gend Code Required,
        brdy Day Required,
        insutype Whole Read,
        psn_type Code Read,
        insuplc_admdvs Code Read,
        dth_date Day Read,
        family_no Code Read,
        spec_psn_type Code Read,
        employer_no Code Read,
    }
    INSTITUTIONS institution "institutions" {
        fixmedins_code Code Required,
        fixmedins_name Name Read,
        fixmedins_type Code Read,
        hosp_lv Code Read,
        admdvs Code Read,
        bed_cnt Whole Read,
        internet_flag Code Read,
    }
    STAFF staff "staff" {
        prac_psn_code Code Required,
        prac_psn_name Name Read,
        fixmedins_code Code Read,
        title Name Read,
        dept_code Code Read,
        susp_from Day Read,
        susp_until Day Read,
        dth_date Day Read,
    }
    VISITS visit "visits" {
        mdtrt_id Code Required,
        psn_no Code Required,
        fixmedins_code Code Required,
        med_type Code Required,
        begntime Stamp Required,
        endtime Stamp Read,
        insutype Whole Read,
        mdtrtarea_admvs Code Read,
        insuplc_admdvs Code Read,
        adm_dept_codg Code Read,
        dscg_dept_codg Code Read,
        atddr_no Code Read,
        dscg_way Whole Read,
        matn_stas Code Read,
        setl_id Code Read,
        setl_time Stamp Read,
        dise_codg Code Read,
        medfee_sumamt Fen Read,
        fulamt_ownpay_amt Fen Read,
        overlmt_selfpay Fen Read,
        preselfpay_amt Fen Read,
        inscp_scp_amt Fen Read,
        fund_pay_sumamt Fen Read,
        acct_pay Fen Read,
        psn_cash_pay Fen Read,
        refd_setl_flag Code Read,
        upload_time Stamp Read,
    }
    DIAGNOSES diagnosis "diagnoses" {
        mdtrt_id Code Required,
        diag_code Code Required,
        diag_srt_no Whole Read,
        diag_type Whole Read,
        maindiag_flag Code Read,
        diag_name Name Known,
    }
    PROCEDURES procedure "procedures" {
        mdtrt_id Code Required,
        oprn_oprt_code Code Required,
        oprn_oprt_name Name Known,
        oprn_oprt_date Stamp Read,
        main_oprn_flag Code Read,
        oprn_dr_code Code Known,
        anst_way Code Known,
        anst_begntime Stamp Read,
        anst_endtime Stamp Read,
    }
    LINES line "charge_lines" {
        feedetl_sn Code Required,
        mdtrt_id Code Required,
        med_list_codg Code Required,
        fee_ocur_time Stamp Required,
        cnt Quantity Required,
        pric Price Required,
        det_item_fee_sumamt Fen Required,
        psn_no Code Read,
        medins_list_codg Code Known,
        medins_list_name Name Read,
        list_type Whole Read,
        med_chrgitm_type Whole Read,
        chrgitm_lv Whole Read,
        bilg_dept_codg Code Read,
        acord_dept_codg Code Read,
        orders_dr_code Code Read,
        rxno Code Read,
        drord_no Code Read,
        sin_dos_dscr Name Known,
        used_frqu_dscr Name Known,
        prd_days Whole Read,
        medc_way_dscr Name Read,
        dscg_tkdrug_flag Whole Read,
        tcmdrug_used_way Whole Read,
        hosp_appr_flag Whole Read,
        dise_codg Code Known,
        oprn_oprt_code Code Read,
        inscp_scp_amt Fen Read,
        fund_amt Fen Known,
        selfpay_prop Name Known,
        upload_time Stamp Read,
        init_feedetl_sn Code Read,
        drug_trac_codg Code Read,
    }
    STOCK stock "stock" {
        fixmedins_code Code Required,
        med_list_codg Code Required,
        begndate Day Required,
        enddate Day Required,
        begn_inv_cnt Quantity Required,
        purc_cnt Quantity Required,
        purc_retn_cnt Quantity Read,
        end_inv_cnt Quantity Required,
    }
}

/// A table, as an index into per-table arrays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Table {
    Persons,
    Institutions,
    Staff,
    Visits,
    Diagnoses,
    Procedures,
    Lines,
    /// Not of the national interface's visits: what institutions have bought and counted (3501–3507, added up).
    Stock,
}

impl Table {
    pub(crate) const ALL: [Self; 8] = [
        Self::Persons,
        Self::Institutions,
        Self::Staff,
        Self::Visits,
        Self::Diagnoses,
        Self::Procedures,
        Self::Lines,
        Self::Stock,
    ];

    pub(crate) fn spec(self) -> &'static TableSpec {
        match self {
            Self::Persons => &PERSONS,
            Self::Institutions => &INSTITUTIONS,
            Self::Staff => &STAFF,
            Self::Visits => &VISITS,
            Self::Diagnoses => &DIAGNOSES,
            Self::Procedures => &PROCEDURES,
            Self::Lines => &LINES,
            Self::Stock => &STOCK,
        }
    }

    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|table| table.spec().name == name)
    }
}
