//! One plain struct a table of the claims folder, for those who write claims.
//!
//! A field is a column of the contract and has its name, so that a writer cannot invent one. An
//! empty text and `None` are an empty cell. The reading side does not use these structs: it reads
//! columns (see `tables` for what it knows of them).

use model::{Day, Fen, Quantity, Stamp, UnitPrice};

/// How a column is typed on disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CellKind {
    Text,
    Whole,
    Day,
    Stamp,
    Fen,
    Price,
    Quantity,
}

/// A value that a row struct may hold.
pub(crate) trait Cell<'a>: Copy {
    const KIND: CellKind;
    /// The text of a text cell.
    fn text(self) -> &'a str {
        ""
    }
    /// The integer of any other cell; `None` is empty.
    fn integer(self) -> Option<i64> {
        None
    }
}

impl<'a> Cell<'a> for &'a str {
    const KIND: CellKind = CellKind::Text;
    fn text(self) -> &'a str {
        self
    }
}

macro_rules! integer_cells {
    ($($type:ty, $kind:ident, $get:expr;)*) => {$(
        impl<'a> Cell<'a> for $type {
            const KIND: CellKind = CellKind::$kind;
            fn integer(self) -> Option<i64> {
                let get: fn($type) -> i64 = $get;
                Some(get(self))
            }
        }
        impl<'a> Cell<'a> for Option<$type> {
            const KIND: CellKind = CellKind::$kind;
            fn integer(self) -> Option<i64> {
                let get: fn($type) -> i64 = $get;
                self.map(get)
            }
        }
    )*};
}
integer_cells! {
    u32, Whole, |v| i64::from(v);
    Day, Day, |v| i64::from(v.0);
    Stamp, Stamp, |v| v.0;
    Fen, Fen, |v| v.0;
    UnitPrice, Price, |v| v.0;
    Quantity, Quantity, |v| v.0;
}

/// A row that knows its table and columns.
pub(crate) trait Row {
    const TABLE: &'static str;
    const COLUMNS: &'static [(&'static str, CellKind)];
    /// Hands every cell, in column order, to `put`.
    fn each(&self, put: &mut dyn FnMut(usize, &str, Option<i64>));
}

macro_rules! rows {
    ($($(#[$doc:meta])* $name:ident $table:literal { $($field:ident: $type:ty,)* })*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, Default)]
        pub struct $name<'a> {
            $(#[doc = concat!("`", stringify!($field), "`")] pub $field: $type,)*
        }

        impl<'a> Row for $name<'a> {
            const TABLE: &'static str = $table;
            const COLUMNS: &'static [(&'static str, CellKind)] =
                &[$((stringify!($field), <$type as Cell<'a>>::KIND),)*];

            fn each(&self, put: &mut dyn FnMut(usize, &str, Option<i64>)) {
                let mut column = 0;
                $(
                    put(column, Cell::text(self.$field), Cell::integer(self.$field));
                    column += 1;
                )*
                let _ = column;
            }
        }
    )*};
}

rows! {
    /// A row of `persons`.
    PersonRow "persons" {
        psn_no: &'a str,
        gend: &'a str,
        brdy: Option<Day>,
        insutype: &'a str,
        psn_type: &'a str,
        insuplc_admdvs: &'a str,
        dth_date: Option<Day>,
        family_no: &'a str,
        spec_psn_type: &'a str,
        employer_no: &'a str,
    }
    /// A row of `institutions`.
    InstitutionRow "institutions" {
        fixmedins_code: &'a str,
        fixmedins_name: &'a str,
        fixmedins_type: &'a str,
        hosp_lv: &'a str,
        admdvs: &'a str,
        bed_cnt: Option<u32>,
        internet_flag: &'a str,
    }
    /// A row of `staff`.
    StaffRow "staff" {
        prac_psn_code: &'a str,
        prac_psn_name: &'a str,
        fixmedins_code: &'a str,
        title: &'a str,
        dept_code: &'a str,
        susp_from: Option<Day>,
        susp_until: Option<Day>,
        dth_date: Option<Day>,
    }
    /// A row of `visits`.
    VisitRow "visits" {
        mdtrt_id: &'a str,
        psn_no: &'a str,
        fixmedins_code: &'a str,
        med_type: &'a str,
        begntime: Stamp,
        endtime: Option<Stamp>,
        insutype: &'a str,
        mdtrtarea_admvs: &'a str,
        insuplc_admdvs: &'a str,
        adm_dept_codg: &'a str,
        dscg_dept_codg: &'a str,
        atddr_no: &'a str,
        dscg_way: &'a str,
        matn_stas: &'a str,
        setl_id: &'a str,
        setl_time: Option<Stamp>,
        dise_codg: &'a str,
        medfee_sumamt: Option<Fen>,
        fulamt_ownpay_amt: Option<Fen>,
        overlmt_selfpay: Option<Fen>,
        preselfpay_amt: Option<Fen>,
        inscp_scp_amt: Option<Fen>,
        fund_pay_sumamt: Option<Fen>,
        acct_pay: Option<Fen>,
        psn_cash_pay: Option<Fen>,
        refd_setl_flag: &'a str,
        upload_time: Option<Stamp>,
    }
    /// A row of `diagnoses`.
    DiagnosisRow "diagnoses" {
        mdtrt_id: &'a str,
        diag_code: &'a str,
        diag_srt_no: Option<u32>,
        diag_type: &'a str,
        maindiag_flag: &'a str,
        diag_name: &'a str,
    }
    /// A row of `procedures`.
    ProcedureRow "procedures" {
        mdtrt_id: &'a str,
        oprn_oprt_code: &'a str,
        oprn_oprt_name: &'a str,
        oprn_oprt_date: Option<Stamp>,
        main_oprn_flag: &'a str,
        oprn_dr_code: &'a str,
        anst_way: &'a str,
        anst_begntime: Option<Stamp>,
        anst_endtime: Option<Stamp>,
    }
    /// A row of `charge_lines`.
    LineRow "charge_lines" {
        feedetl_sn: &'a str,
        mdtrt_id: &'a str,
        med_list_codg: &'a str,
        fee_ocur_time: Stamp,
        cnt: Quantity,
        pric: UnitPrice,
        det_item_fee_sumamt: Fen,
        psn_no: &'a str,
        medins_list_codg: &'a str,
        medins_list_name: &'a str,
        list_type: &'a str,
        med_chrgitm_type: &'a str,
        chrgitm_lv: &'a str,
        bilg_dept_codg: &'a str,
        acord_dept_codg: &'a str,
        orders_dr_code: &'a str,
        rxno: &'a str,
        drord_no: &'a str,
        sin_dos_dscr: &'a str,
        used_frqu_dscr: &'a str,
        prd_days: Option<u32>,
        medc_way_dscr: &'a str,
        dscg_tkdrug_flag: &'a str,
        tcmdrug_used_way: &'a str,
        hosp_appr_flag: &'a str,
        dise_codg: &'a str,
        oprn_oprt_code: &'a str,
        inscp_scp_amt: Option<Fen>,
        fund_amt: Option<Fen>,
        selfpay_prop: &'a str,
        upload_time: Option<Stamp>,
        init_feedetl_sn: &'a str,
        drug_trac_codg: &'a str,
    }
}
