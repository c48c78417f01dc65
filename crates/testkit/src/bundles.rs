//! What goes together in a visit: diagnoses, services and drugs, as data.
//!
//! Every drug stands under a diagnosis that its catalogue note accepts, every surgery under a main
//! diagnosis that the operation–diagnosis table accepts. Services are named by their code in the
//! provincial price book, drugs by generic name with an invented price. What a limit forbids for a
//! person or a place is left out when the visit is made (`care`), so a bundle may list it.

use model::Sex;

/// Where a bundle happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Setting {
    /// An acute outpatient visit.
    Outpatient,
    /// A visit of a chronic programme; returns every month or so.
    Chronic,
    Emergency,
    Stay,
    Pharmacy,
    Internet,
    /// An outpatient visit that ends in a decoction.
    Decoction,
}

/// When it is frequent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Season {
    Always,
    Winter,
    Summer,
}

/// A drug of a bundle: name, price in fen, days that a pack lasts.
pub(crate) type Dose = (&'static str, i64, u16);

/// A bundle.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bundle {
    pub setting: Setting,
    pub season: Season,
    pub sex: Option<Sex>,
    /// Completed years, from and until (exclusive).
    pub years: (i32, i32),
    /// Share among the bundles of its setting that fit.
    pub weight: u32,
    /// One of these is the main diagnosis.
    pub main: &'static [&'static str],
    /// All of these are further diagnoses.
    pub others: &'static [&'static str],
    /// Service and how often in 100 visits.
    pub services: &'static [(&'static str, u32)],
    /// Of these up to three are given, of different kinds.
    pub drugs: &'static [Dose],
    /// Nights of a stay.
    pub nights: (i32, i32),
    /// Operation code and the service that is charged for it.
    pub surgery: Option<(&'static str, &'static str)>,
}

const PLAIN: Bundle = Bundle {
    setting: Setting::Outpatient,
    season: Season::Always,
    sex: None,
    years: (0, 120),
    weight: 10,
    main: &[],
    others: &[],
    services: &[],
    drugs: &[],
    nights: (0, 0),
    surgery: None,
};
const STAY: Bundle = Bundle { setting: Setting::Stay, nights: (5, 11), ..PLAIN };
const SURGERY: Bundle = Bundle { setting: Setting::Stay, nights: (4, 8), weight: 6, ..PLAIN };
const CHRONIC: Bundle = Bundle { setting: Setting::Chronic, ..PLAIN };
const FEMALE: Option<Sex> = Some(Sex::Female);
const MALE: Option<Sex> = Some(Sex::Male);

/// Which chronic bundle is which condition, by position in [`BUNDLES`].
pub(crate) const HYPERTENSION: usize = 0;
pub(crate) const DIABETES: usize = 1;
pub(crate) const LIPIDS: usize = 2;
pub(crate) const HEPATITIS: usize = 3;
pub(crate) const PROSTATE: usize = 4;
pub(crate) const KIDNEY: usize = 5;
pub(crate) const LUNG: usize = 6;
pub(crate) const DIALYSIS: usize = 7;
pub(crate) const PREGNANCY: usize = 8;
pub(crate) const REFLUX: usize = 9;

/// The bundles; the chronic ones first.
pub(crate) const BUNDLES: &[Bundle] = &[
    Bundle {
        main: &["I10.x00x002"],
        services: &[
            ("310701001b", 25),
            ("250307002", 30),
            ("250307001", 30),
            ("250304001", 30),
            ("250303001", 20),
            ("250303002", 20),
            ("250102001", 20),
        ],
        drugs: &[("阿利沙坦酯片", 2380, 14), ("沙库巴曲阿利沙坦钙片", 4186, 14), ("阿利沙坦酯氨氯地平片", 3290, 14)],
        years: (35, 120),
        ..CHRONIC
    },
    Bundle {
        main: &["E11.900"],
        services: &[
            ("250302003a", 60),
            ("250302001b", 80),
            ("250303001", 30),
            ("250303002", 30),
            ("250303005", 30),
            ("250307002", 30),
            ("250102001", 30),
            ("310300049", 10),
        ],
        drugs: &[
            ("多格列艾汀片", 6510, 14),
            ("脯氨酸恒格列净片", 5980, 14),
            ("利拉鲁肽注射液", 28500, 28),
            ("二甲双胍恩格列净片(Ⅲ)", 4980, 14),
            ("胰激肽原酶肠溶片", 1860, 14),
        ],
        years: (30, 120),
        ..CHRONIC
    },
    Bundle {
        main: &["E78.000"],
        others: &["I25.103"],
        services: &[
            ("310701001b", 50),
            ("250303001", 50),
            ("250303002", 50),
            ("250303004", 50),
            ("250303005", 50),
            ("250305007a", 40),
            ("250305008a", 40),
            ("220600004", 10),
        ],
        drugs: &[("海博麦布片", 4060, 14)],
        years: (40, 120),
        ..CHRONIC
    },
    Bundle {
        main: &["B18.100"],
        services: &[("250305007a", 80), ("250305008a", 80), ("250404002", 40), ("220201002", 40)],
        drugs: &[("恩替卡韦颗粒", 6300, 28), ("艾米替诺福韦片", 7140, 28)],
        years: (20, 120),
        ..CHRONIC
    },
    Bundle {
        main: &["N40.x00"],
        services: &[("250102001", 60), ("220201002", 30), ("250307002", 20)],
        drugs: &[("非那雄胺片", 2890, 14), ("普适泰片", 4650, 14), ("爱普列特片", 5120, 14)],
        sex: MALE,
        years: (50, 120),
        ..CHRONIC
    },
    Bundle {
        main: &["N18.300"],
        others: &["D64.900"],
        services: &[("250307001", 90), ("250307002", 90), ("250101015b", 90), ("250102001", 80)],
        drugs: &[("罗沙司他胶囊", 9800, 14)],
        years: (30, 120),
        ..CHRONIC
    },
    Bundle {
        main: &["J44.100"],
        services: &[("120700001a", 70), ("250101015b", 60), ("250401025", 50), ("210102015", 30), ("310607006", 20)],
        drugs: &[("喘可治注射液", 3980, 7)],
        years: (45, 120),
        ..CHRONIC
    },
    Bundle {
        main: &["N18.500"],
        others: &["Z49.101"],
        services: &[("311000006", 100), ("120400001", 60), ("250101015b", 15), ("250307001", 20), ("250307002", 20)],
        drugs: &[("重组人促红素-β注射液(CHO细胞)", 4320, 3)],
        years: (25, 120),
        ..CHRONIC
    },
    Bundle {
        main: &["Z34.900"],
        services: &[("311201023", 100), ("220201002", 50), ("250102001", 90), ("250101015b", 60), ("311201026", 40)],
        sex: FEMALE,
        years: (20, 40),
        ..CHRONIC
    },
    Bundle {
        main: &["K21.001"],
        services: &[("250403079", 20)],
        drugs: &[("富马酸伏诺拉生片", 7560, 14), ("替戈拉生片", 7930, 14)],
        years: (20, 120),
        ..CHRONIC
    },
    // Acute, outpatient.
    Bundle {
        main: &["J06.900", "J02.900", "J03.900"],
        services: &[
            ("250101015b", 70),
            ("250401025", 50),
            ("120400002a", 60),
            ("120400006", 50),
            ("120700001a", 20),
            ("210102015", 10),
        ],
        drugs: &[("痰热清注射液", 2950, 3), ("喜炎平注射液", 2540, 3), ("双黄连注射液", 1280, 3)],
        season: Season::Winter,
        years: (14, 120),
        weight: 30,
        ..PLAIN
    },
    Bundle {
        main: &["J06.900", "J20.900", "J03.900"],
        services: &[("250101015b", 80), ("250401025", 60), ("120400002a", 60), ("120700001a", 40)],
        drugs: &[
            ("小儿豉翘清热颗粒", 3680, 5),
            ("小儿肺热咳喘颗粒", 3120, 5),
            ("小儿氨酚黄那敏颗粒", 1260, 3),
            ("小儿消积止咳口服液", 2980, 5),
        ],
        season: Season::Winter,
        years: (1, 14),
        weight: 60,
        ..PLAIN
    },
    Bundle {
        main: &["J10.100x001", "J11.100x001"],
        services: &[("250101015b", 90), ("250401025", 80), ("120400002a", 80)],
        drugs: &[("玛巴洛沙韦片", 22215, 5)],
        season: Season::Winter,
        years: (12, 120),
        weight: 14,
        ..PLAIN
    },
    Bundle {
        main: &["K52.900", "A09.001"],
        services: &[("250103001", 60), ("250101015b", 60), ("120400002a", 50), ("120400006", 50), ("220201002", 15)],
        season: Season::Summer,
        years: (14, 120),
        weight: 18,
        ..PLAIN
    },
    Bundle {
        main: &["K52.900"],
        services: &[("250103001", 80), ("250101015b", 60)],
        drugs: &[("小儿腹泻宁糖浆", 1980, 5), ("小儿健脾止泻丸", 1760, 5)],
        season: Season::Summer,
        years: (1, 14),
        weight: 20,
        ..PLAIN
    },
    Bundle {
        main: &["N76.000x001", "N72.x00"],
        services: &[("250104014", 90), ("220202001", 25)],
        drugs: &[("硝呋太尔阴道片", 4860, 7), ("保妇康栓", 3650, 7), ("妇科千金片", 2870, 14)],
        sex: FEMALE,
        years: (20, 60),
        weight: 16,
        ..PLAIN
    },
    Bundle {
        main: &["N92.000x001", "N95.101"],
        services: &[("220202001", 50), ("250101015b", 50)],
        drugs: &[("益母草颗粒", 1450, 7), ("坤泰胶囊", 5230, 14), ("宫血宁胶囊", 3340, 7)],
        sex: FEMALE,
        years: (20, 58),
        weight: 10,
        ..PLAIN
    },
    Bundle {
        main: &["H10.100", "H10.200"],
        services: &[("310300001", 90), ("310300048", 90), ("310300027", 40), ("310300049", 30)],
        years: (3, 120),
        weight: 10,
        ..PLAIN
    },
    Bundle {
        main: &["K04.001", "K05.100"],
        services: &[("310502001", 80), ("210102008", 70), ("310511012", 30), ("310510004", 60)],
        years: (6, 90),
        weight: 12,
        ..PLAIN
    },
    Bundle {
        main: &["L20.800"],
        services: &[("250401025", 10)],
        drugs: &[("克立硼罗软膏", 12800, 14)],
        years: (2, 80),
        weight: 6,
        ..PLAIN
    },
    Bundle {
        main: &["M17.101", "M54.500"],
        services: &[("450000008", 60), ("440000004", 40), ("430000005", 50), ("210102015", 35), ("430000022", 20)],
        years: (25, 120),
        weight: 18,
        ..PLAIN
    },
    Bundle {
        main: &["N20.000", "K80.200"],
        services: &[("220301001", 60), ("250102001", 70), ("210300004", 15), ("250307002", 30)],
        years: (20, 120),
        weight: 8,
        ..PLAIN
    },
    Bundle {
        main: &["R42.x00x004", "R51.x00"],
        services: &[
            ("310701001b", 50),
            ("210300004", 25),
            ("220302003", 25),
            ("250303001", 40),
            ("250303002", 40),
            ("250101015b", 60),
        ],
        years: (18, 120),
        weight: 14,
        ..PLAIN
    },
    Bundle {
        main: &["H26.900"],
        services: &[("310300001", 90), ("310300048", 90), ("310300027", 80), ("310300064", 40)],
        years: (50, 120),
        weight: 6,
        ..PLAIN
    },
    Bundle {
        main: &["Z00.100"],
        services: &[("250101015b", 50), ("310401025", 10)],
        years: (0, 6),
        weight: 12,
        ..PLAIN
    },
    // Emergency.
    Bundle {
        main: &["S61.000x001"],
        services: &[("120500003", 90), ("210102015", 60), ("120600003", 40), ("120400001", 60)],
        setting: Setting::Emergency,
        years: (5, 100),
        ..PLAIN
    },
    Bundle {
        main: &["R10.400", "R07.400"],
        services: &[
            ("310701001b", 90),
            ("250101015b", 90),
            ("250306009", 50),
            ("250307001", 60),
            ("250307002", 60),
            ("210300004", 30),
            ("120400006", 60),
            ("120400002a", 90),
        ],
        setting: Setting::Emergency,
        years: (14, 110),
        ..PLAIN
    },
    // Pharmacy.
    Bundle {
        main: &["N73.101"],
        drugs: &[("妇科千金片", 2690, 14), ("保妇康栓", 3480, 7), ("坤泰胶囊", 5050, 14)],
        setting: Setting::Pharmacy,
        sex: FEMALE,
        years: (18, 60),
        ..PLAIN
    },
    Bundle {
        main: &["J06.900"],
        drugs: &[("小儿氨酚黄那敏颗粒", 1180, 3), ("小儿肺热咳喘颗粒", 2980, 5), ("小儿豉翘清热颗粒", 3550, 5)],
        setting: Setting::Pharmacy,
        years: (1, 14),
        season: Season::Winter,
        ..PLAIN
    },
    Bundle {
        main: &["I10.x00x002"],
        drugs: &[("阿利沙坦酯片", 2290, 14), ("沙库巴曲阿利沙坦钙片", 4020, 14)],
        setting: Setting::Pharmacy,
        years: (45, 120),
        ..PLAIN
    },
    Bundle {
        main: &["K21.001"],
        drugs: &[("富马酸伏诺拉生片", 7280, 14)],
        setting: Setting::Pharmacy,
        years: (18, 120),
        weight: 6,
        ..PLAIN
    },
    // Over the internet.
    Bundle {
        main: &["I10.x00x002"],
        drugs: &[("阿利沙坦酯片", 2380, 28), ("阿利沙坦酯氨氯地平片", 3290, 28)],
        setting: Setting::Internet,
        years: (35, 80),
        ..PLAIN
    },
    // Chinese medicine with a decoction; the pieces are chosen by `care`.
    Bundle { main: &["K29.300"], setting: Setting::Decoction, years: (16, 100), ..PLAIN },
    Bundle { main: &["R05.x00"], setting: Setting::Decoction, years: (16, 100), season: Season::Winter, ..PLAIN },
    Bundle { main: &["G47.000x001"], setting: Setting::Decoction, years: (20, 100), ..PLAIN },
    // Stays.
    Bundle {
        main: &["J18.900"],
        services: &[("210300004", 80), ("250310054", 60), ("250501009", 60), ("120700001a", 80)],
        drugs: &[("痰热清注射液", 2950, 1), ("喜炎平注射液", 2540, 1), ("血必净注射液", 4980, 1)],
        season: Season::Winter,
        years: (14, 110),
        weight: 22,
        ..STAY
    },
    Bundle {
        main: &["J18.000"],
        services: &[("210102015", 80), ("250310054", 60), ("120700001a", 95)],
        drugs: &[("小儿肺热咳喘颗粒", 3120, 5), ("热毒宁注射液", 3870, 1)],
        season: Season::Winter,
        years: (1, 14),
        weight: 50,
        nights: (5, 8),
        ..STAY
    },
    Bundle {
        main: &["I63.900", "I63.905"],
        others: &["I10.x00x002"],
        services: &[("210300004", 90), ("210200005", 50), ("220302003", 60), ("250203066", 50), ("340200027", 40)],
        drugs: &[("注射用血塞通(冻干)", 3260, 1), ("天麻素注射液", 1850, 1), ("丹红注射液", 3120, 1)],
        years: (45, 110),
        nights: (7, 13),
        weight: 20,
        ..STAY
    },
    Bundle {
        main: &["I20.000", "I25.103"],
        others: &["E78.000"],
        services: &[("220600004", 80), ("250306009", 80), ("310701003", 60), ("310701022", 70)],
        drugs: &[("注射用丹参多酚酸盐", 6890, 1), ("冠心宁注射液", 2360, 1), ("海博麦布片", 4060, 14)],
        years: (45, 110),
        weight: 18,
        ..STAY
    },
    Bundle {
        main: &["I50.001", "I50.100x006"],
        services: &[("220600004", 90), ("310701022", 90), ("250306009", 80)],
        drugs: &[("心脉隆注射液", 5240, 1), ("参附注射液", 4380, 1)],
        years: (55, 110),
        weight: 10,
        ..STAY
    },
    Bundle {
        main: &["J44.100"],
        services: &[("210300004", 60), ("120700001a", 95), ("250501009", 40), ("120300001b", 80)],
        drugs: &[("喘可治注射液", 3980, 1), ("痰热清注射液", 2950, 1)],
        season: Season::Winter,
        years: (50, 110),
        weight: 14,
        ..STAY
    },
    Bundle {
        main: &["E11.400"],
        services: &[("250303001", 90), ("250303002", 90), ("220302006", 60), ("310300049", 40)],
        drugs: &[("胰激肽原酶肠溶片", 1860, 14), ("利拉鲁肽注射液", 28500, 28)],
        years: (40, 110),
        weight: 12,
        ..STAY
    },
    Bundle {
        main: &["Z51.100"],
        others: &["C34.900"],
        services: &[("250404001a", 80), ("210300004", 60)],
        drugs: &[("康莱特注射液", 19800, 1), ("阿瑞匹坦注射液", 32600, 5)],
        years: (40, 90),
        nights: (5, 7),
        weight: 8,
        ..STAY
    },
    Bundle {
        main: &["M51.200"],
        services: &[("210300004", 70), ("450000006", 90), ("430000005", 90), ("340200026", 60)],
        drugs: &[("脉络宁注射液", 2640, 1)],
        years: (25, 90),
        weight: 10,
        ..STAY
    },
    Bundle {
        main: &["K29.000"],
        services: &[("310902005b", 80), ("250403079", 60)],
        drugs: &[("复方氨基酸注射液(18AA)", 2150, 1)],
        years: (18, 100),
        weight: 8,
        ..STAY
    },
    Bundle {
        main: &["K35.800x001", "K35.300"],
        services: &[("250203020", 90), ("250203025", 90), ("330100005", 95), ("310701022", 70), ("120600003", 80)],
        drugs: &[("复方氨基酸注射液(18AA)", 2150, 1)],
        years: (14, 80),
        surgery: Some(("47.0901", "331003022")),
        ..SURGERY
    },
    Bundle {
        main: &["K80.000", "K80.101"],
        services: &[
            ("250203020", 90),
            ("250203025", 90),
            ("330100005", 95),
            ("220301001", 80),
            ("310701022", 70),
            ("120600003", 80),
        ],
        drugs: &[("脂肪乳注射液(C14-24)", 8650, 1)],
        years: (20, 90),
        surgery: Some(("51.2300", "331006002")),
        ..SURGERY
    },
    Bundle {
        main: &["K40.900x003"],
        services: &[("250203020", 90), ("330100003", 95), ("120600003", 80)],
        years: (18, 90),
        surgery: Some(("53.0001", "331008003")),
        ..SURGERY
    },
    Bundle {
        main: &["H25.900"],
        services: &[("310300001", 95), ("310300048", 95), ("310300027", 90), ("310300064", 50)],
        years: (55, 100),
        nights: (3, 4),
        surgery: Some(("13.4100x001", "330406010")),
        ..SURGERY
    },
    Bundle {
        main: &["S72.000"],
        services: &[("250203020", 90), ("330100003", 95), ("210102015", 95), ("260000002", 80), ("120600003", 80)],
        drugs: &[("复方氨基酸注射液(18AA)", 2150, 1)],
        years: (40, 110),
        nights: (8, 13),
        surgery: Some(("79.3501", "331505014")),
        ..SURGERY
    },
    Bundle {
        main: &["O82.000"],
        services: &[("250203020", 90), ("330100003", 95), ("260000002", 90), ("120600003", 80)],
        drugs: &[("卡贝缩宫素注射液", 13600, 5)],
        sex: FEMALE,
        years: (22, 40),
        nights: (4, 5),
        weight: 12,
        surgery: Some(("74.1x01", "331400012b")),
        ..SURGERY
    },
];

/// Charged on every day of a stay: consultation, nursing, infusion.
pub(crate) const DAILY: &[(&str, u32)] = &[
    ("110200005", 100),
    ("120100004", 100),
    ("120400006", 90),
    ("120400001", 35),
    ("120400002", 40),
    ("120400002a", 25),
];
/// Charged on admission, each with its share.
pub(crate) const ADMISSION: &[(&str, u32)] = &[
    ("250101015b", 98),
    ("250401025", 85),
    ("250102001", 90),
    ("250305007a", 90),
    ("250305008a", 90),
    ("250307001", 90),
    ("250307002", 90),
    ("310701001b", 85),
];
/// Outpatient consultation by the title of the doctor, emergency and internet consultation, syndrome
/// differentiation of Chinese medicine.
pub(crate) const CONSULTATION: &[&str] =
    &["110200001", "110200002a", "110200002b", "110200003", "110200009", "110200006a"];

/// Pieces that no published list names, compatible with each other; price of a gram in ten-thousandths of a yuan.
pub(crate) const PIECES: &[(&str, i64)] = &[
    ("白术", 900),
    ("柴胡", 1600),
    ("黄芩", 800),
    ("泽泻", 550),
    ("川芎", 700),
    ("熟地黄", 500),
    ("生地黄", 450),
    ("牡丹皮", 850),
    ("山茱萸", 950),
    ("防风", 1900),
    ("荆芥", 250),
    ("桔梗", 800),
    ("前胡", 1300),
    ("紫菀", 600),
    ("款冬花", 1700),
    ("枳壳", 600),
    ("厚朴", 400),
    ("木香", 350),
    ("香附", 300),
    ("延胡索", 1100),
    ("丹皮炭", 900),
    ("车前子", 550),
    ("牛膝", 400),
    ("杜仲", 350),
    ("续断", 350),
    ("桑寄生", 200),
    ("独活", 450),
    ("羌活", 2400),
    ("秦艽", 1100),
    ("地龙", 1900),
    ("僵蚕", 1700),
    ("蝉蜕", 3100),
    ("连翘", 1500),
    ("板蓝根", 300),
    ("大青叶", 250),
    ("酸枣仁", 5200),
    ("远志", 1600),
    ("石菖蒲", 850),
    ("夜交藤", 200),
    ("合欢皮", 220),
];
/// Pieces that may be added to a mixed prescription but are not payable alone.
pub(crate) const SINGLE_PIECES: &[(&str, i64)] =
    &[("陈皮", 300), ("茯苓", 400), ("当归", 900), ("山药", 450), ("大枣", 200), ("薏苡仁", 250)];
