//! A complete set of small tables that tests change in one place each.

use catalog::{Catalogue, Problem};

/// The tables, as (file name, content).
pub struct Tables(Vec<(&'static str, String)>);

/// A set without a fault.
pub fn tables() -> Tables {
    let rows = [
        (
            "drug_codes.csv",
            "code,generic_name,other_names,nrdl_category,nrdl_class,medicine_kind\n\
             XB05BAF001A001010100002,复方氨基酸注射液(18AA),,XB05BA,乙,western\n\
             XB05BAF001A001010100001,复方氨基酸注射液(18AA),,XB05BA,乙,western\n\
             ZA01AAA0001010100001,小儿清热合剂,小儿清热口服液,,,patent\n",
        ),
        (
            "service_crosswalk.csv",
            "national_code,local_code,name,method\n\
             001101000010000,110100001,方便门诊,base\n\
             001101000010001,110100001,方便门诊(加收),base\n\
             003315180050000,331518005,月骨摘除术,base\n\
             009999000000000,,,unmatched\n",
        ),
        (
            "service_items_shaanxi_2021.csv",
            "code,name,unit,finance_category,price_special,price_tier3,price_tier2,price_tier1,content,excluded,notes,price_note\n\
             331518005,月骨摘除术,次,G,1610,1290,1030,830,,,,\n\
             110100001,方便门诊,次,A,,1.5,1,0.5,,,,\n\
             110900004a,特殊病房床位费,日,B,,,,,\"指特殊病房，含\n空调\",,,待定\n",
        ),
        ("tcm_pieces.csv", "code,name\nT000100057,薄荷\n"),
        ("special_materials.csv", "code,name,finance_category,tender_code\nHC00101,留置针,K,\n"),
        (
            "diagnoses.csv",
            "code,name,category_code,category_name,category_group\n\
             I10.x00x002,高血压,I10,高血压,心血管系统疾病\n\
             A01.003,伤寒杆菌性脓毒症,A01,伤寒和副伤寒,传染性疾病\n\
             A01.002+G01*,伤寒性脑膜炎,A01,伤寒和副伤寒,传染性疾病\n\
             I10.x00,特发性（原发性）高血压,I10,高血压,心血管系统疾病\n",
        ),
        ("procedures.csv", "code,name,grouping_valid\n47.0901,阑尾切除术,1\n17.912A0,耳针,0\n"),
        (
            "drugs_nrdl.csv",
            "section,category_code,category_path,class,seq_no,name_no,drug_name,dosage_form,payment_standard,restriction_note,valid_from,valid_until,repeat_dosage_form,agreement_from,agreement_until\n\
             negotiated_western,XB05BA,血液 > 氨基酸,乙,7,1,复方氨基酸注射液（18AA）,,12.30元(250ml/袋),限住院。,2025-01-01,2026-01-01,0,2025-01-01,2027-01-01\n\
             western,XA01,消化道,甲,1,1,复方硼砂,外用液体剂,,,2025-01-01,2026-01-01,0,,\n",
        ),
        (
            "divisions.csv",
            "code,name,level,parent\n610000,陕西省,province,\n610100,西安市,prefecture,610000\n610102,新城区,county,610100\n",
        ),
        ("hospitals_3a.csv", "name,level,province,city\n甲市第一医院（甲市肿瘤医院）,三级甲等,陕西省,西安市\n"),
        (
            "diagnosis_categories.csv",
            "kind,code,name,group\nwestern,I10,高血压,心血管系统疾病\ntumour,BEX,某种肿瘤,肿瘤类疾病\n",
        ),
        (
            "diagnosis_clinical_map.csv",
            "clinical_code,code\nA01.000x002,A01.003\nA01.000x003+G01*,A01.002+G01*\nI10.x00x002,A01.003\n",
        ),
        ("procedure_clinical_map.csv", "clinical_code,code\n47.09x01,47.0901\n"),
    ];
    let mut files: Vec<_> = rows.into_iter().map(|(name, content)| (name, content.to_owned())).collect();
    let entries = files.iter().map(|(file, _)| {
        let until = if *file == "hospitals_3a.csv" { "valid_until = \"2024-01-01\"\n" } else { "" };
        format!("[[table]]\nfile = \"{file}\"\ntitle = \"{file} 的标题\"\nsource = \"虚构\"\nvalid_from = \"2021-01-01\"\n{until}\n")
    });
    let sources = entries.collect();
    files.push(("SOURCES.toml", sources));
    Tables(files)
}

impl Tables {
    /// With one text of one file replaced; it must be there.
    pub fn with(mut self, file: &str, from: &str, to: &str) -> Self {
        let (_, content) = self.0.iter_mut().find(|(name, _)| *name == file).expect(file);
        assert!(content.contains(from), "{file} lacks {from:?}");
        *content = content.replacen(from, to, 1);
        self
    }

    /// With a file under another name.
    pub fn renamed(mut self, file: &str, to: &'static str) -> Self {
        self.0.iter_mut().find(|(name, _)| *name == file).expect(file).0 = to;
        self
    }

    /// In another order of files.
    pub fn reversed(mut self) -> Self {
        self.0.reverse();
        self
    }

    pub fn read(&self) -> Result<Catalogue, Vec<Problem>> {
        Catalogue::read(&self.files())
    }

    pub fn files(&self) -> Vec<(&str, &[u8])> {
        self.0.iter().map(|(name, content)| (*name, content.as_bytes())).collect()
    }
}

/// The catalogue of the set.
pub fn catalogue() -> Catalogue {
    tables().read().unwrap()
}

/// Problems as lines, for comparing.
pub fn lines(problems: &[Problem]) -> String {
    problems.iter().map(|problem| format!("{problem}\n")).collect()
}
