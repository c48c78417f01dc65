//! The accounts of the ledger, as texts that sort and read well.

use std::fmt;

/// Where money lies or is owed. Amounts are positive on the left (debit): what a fund paid out, what an account
/// holder used; negative on the right (credit): what an institution is owed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Account {
    /// A fund of an area: `fund/110000/310/310100` (area, insurance type, fund type of the national dictionary).
    Fund {
        /// Pooling area.
        area: String,
        /// National insurance type, `310`.
        insurance: String,
        /// National fund type, `310100`.
        fund: String,
    },
    /// A person's own account: `personal/<person>`.
    Personal {
        /// Whose.
        person: String,
    },
    /// What family members made over to a person (共济): `family/<person>`.
    Family {
        /// Whose to use.
        person: String,
    },
    /// What an institution is owed by the area it works in: `payable/<institution>`.
    Payable {
        /// Whom.
        institution: String,
    },
    /// What one area owes another for people treated there, in the books of the area of cover: `clearing/<debtor>/<creditor>`.
    Clearing {
        /// Area of cover, which owes.
        debtor: String,
        /// Area of treatment, which paid.
        creditor: String,
    },
    /// The same in the books of the area of treatment: `receivable/<creditor>/<debtor>`.
    Receivable {
        /// Area of treatment, which paid.
        creditor: String,
        /// Area of cover, which owes.
        debtor: String,
    },
    /// Money that is not yet explained: `suspense/<area>`.
    Suspense {
        /// Whose books.
        area: String,
    },
    /// Contributions and subsidies as they came in: `income/<area>/<insurance>`.
    Income {
        /// Pooling area.
        area: String,
        /// National insurance type.
        insurance: String,
    },
    /// Paid out of the books, to a bank: `bank/<area>`.
    Bank {
        /// Whose bank.
        area: String,
    },
}

impl fmt::Display for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fund { area, insurance, fund } => write!(f, "fund/{area}/{insurance}/{fund}"),
            Self::Personal { person } => write!(f, "personal/{person}"),
            Self::Family { person } => write!(f, "family/{person}"),
            Self::Payable { institution } => write!(f, "payable/{institution}"),
            Self::Clearing { debtor, creditor } => write!(f, "clearing/{debtor}/{creditor}"),
            Self::Receivable { creditor, debtor } => write!(f, "receivable/{creditor}/{debtor}"),
            Self::Suspense { area } => write!(f, "suspense/{area}"),
            Self::Income { area, insurance } => write!(f, "income/{area}/{insurance}"),
            Self::Bank { area } => write!(f, "bank/{area}"),
        }
    }
}

impl From<Account> for String {
    fn from(account: Account) -> Self {
        account.to_string()
    }
}

impl TryFrom<String> for Account {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        Self::parse(&text).ok_or_else(|| format!("不是账户：{text}"))
    }
}

impl Account {
    /// Reads what [`fmt::Display`] wrote.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('/').map(str::to_owned);
        let (kind, first) = (parts.next()?, parts.next().filter(|part| !part.is_empty())?);
        let (second, third) = (parts.next(), parts.next());
        if parts.next().is_some() {
            return None;
        }
        match (kind.as_str(), second, third) {
            ("fund", Some(insurance), Some(fund)) => Some(Self::Fund { area: first, insurance, fund }),
            ("personal", None, None) => Some(Self::Personal { person: first }),
            ("family", None, None) => Some(Self::Family { person: first }),
            ("payable", None, None) => Some(Self::Payable { institution: first }),
            ("clearing", Some(creditor), None) => Some(Self::Clearing { debtor: first, creditor }),
            ("receivable", Some(debtor), None) => Some(Self::Receivable { creditor: first, debtor }),
            ("suspense", None, None) => Some(Self::Suspense { area: first }),
            ("income", Some(insurance), None) => Some(Self::Income { area: first, insurance }),
            ("bank", None, None) => Some(Self::Bank { area: first }),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_reads_back_as_written() {
        for text in [
            "fund/110000/310/310100",
            "personal/1101",
            "family/1101",
            "payable/H11010000001",
            "receivable/990100/110000",
            "clearing/110000/990100",
            "suspense/110000",
            "income/110000/390",
            "bank/110000",
        ] {
            assert_eq!(Account::parse(text).map(|account| account.to_string()).as_deref(), Some(text));
        }
        for text in ["", "fund/110000", "personal/", "personal/1/2", "pool/1/2/3"] {
            assert_eq!(Account::parse(text), None, "{text}");
        }
    }
}
