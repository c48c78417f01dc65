//! Which transaction a path asks for. Every layout that was seen in the field is served, whatever the profile: an
//! institution that moves to this platform keeps its URL.

use crate::profile::Profile;
use crate::table::Table;
use std::collections::HashMap;
use std::sync::OnceLock;

/// Where a path leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Route {
    /// The entry for all transactions: the body says which.
    Any,
    /// The entry of these transactions; the body must agree. One service may serve several.
    Named(&'static [&'static str]),
}

/// Paths with one entry for all transactions.
const ENTRIES: [&str; 5] = [
    "/fsi/api/rsfComIfsService/callService",
    "/mss/web/api/fsi/callService",
    "/mbs/fmi/fsi/api/callFsiService/callService",
    "/ebus/rio_fsi/fsi/api/rsfComIfsService/callService",
    "/CSB",
];

/// What stands before `service/method` in the layouts with one path a transaction.
const BEFORE_SERVICE: [&str; 3] = ["/ebus/rio_fsi/fsi/api", "/fsi/api", "/CSB"];

/// Longest base path before a number.
const PATH_MAX: usize = 256;

impl Route {
    /// The route of a path; `None` when no layout has it.
    #[must_use]
    pub fn of(path: &str, profile: &Profile) -> Option<Self> {
        let path = path.strip_suffix('/').unwrap_or(path);
        if ENTRIES.contains(&path) || profile.entries.iter().any(|entry| entry == path) {
            return Some(Self::Any);
        }
        for before in BEFORE_SERVICE {
            if let Some(named) = path.strip_prefix(before).and_then(|service| services().get(service)) {
                return Some(Self::Named(named));
            }
        }
        if path.len() > PATH_MAX {
            return None;
        }
        // <any base>/<infno>, <entry>/<infno>, /CSB/hsa-fsi-<infno>
        let last = path.rsplit('/').next()?;
        let infno = last.strip_prefix("hsa-fsi-").unwrap_or(last);
        numbers().get(infno).map(|one| Self::Named(one))
    }

    /// Whether the number in the body is what the path asked for.
    #[must_use]
    pub fn agrees(self, infno: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Named(numbers) => numbers.contains(&infno),
        }
    }
}

type Paths = HashMap<&'static str, Vec<&'static str>>;

fn services() -> &'static Paths {
    static SERVICES: OnceLock<Paths> = OnceLock::new();
    SERVICES.get_or_init(|| {
        let mut paths = Paths::new();
        for transaction in Table::get().transactions() {
            for service in &transaction.services {
                paths.entry(service).or_default().push(transaction.infno);
            }
        }
        paths
    })
}

fn numbers() -> &'static Paths {
    static NUMBERS: OnceLock<Paths> = OnceLock::new();
    NUMBERS.get_or_init(|| Table::get().transactions().map(|one| (one.infno, vec![one.infno])).collect())
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that cannot prepare its input should stop there")]
mod tests {
    use super::*;

    #[test]
    fn every_layout_of_the_field_is_served() {
        let profile = Profile::packed("national").unwrap();
        let named = |path: &str| match Route::of(path, &profile) {
            Some(Route::Named(numbers)) => numbers.join(" "),
            Some(Route::Any) => "any".to_owned(),
            None => "none".to_owned(),
        };
        for (path, expect) in [
            ("/fsi/api/rsfComIfsService/callService", "any"),
            ("/fsi/api/rsfComIfsService/callService/", "any"),
            ("/fsi/api/rsfComIfsService/callService/2207A", "2207A"),
            ("/any/base/1101", "1101"),
            ("/1101", "1101"),
            ("/fsi/api/fsiPsnInfoService/queryPsnInfo", "1101"),
            ("/ebus/rio_fsi/fsi/api/fsiPsnInfoService/queryPsnInfo", "1101"),
            ("/CSB/hsa-fsi-2204", "2204"),
            ("/CSB", "any"),
            ("/mbs/fmi/fsi/api/callFsiService/callService", "any"),
            ("/mss/web/api/fsi/callService", "any"),
            ("/fsi/api/outpatientSettleService/noSuchMethod", "none"),
            ("/any/base/9999", "none"),
            ("/", "none"),
            ("", "none"),
        ] {
            assert_eq!(named(path), expect, "{path}");
        }
        assert_eq!(Route::of(&format!("/{}/1101", "x".repeat(5000)), &profile), None);
    }

    #[test]
    fn a_settlement_is_found_under_every_provinces_name() {
        let profile = Profile::packed("national").unwrap();
        for path in
            ["/fsi/api/outpatientSettleService/saveSettletmentV2", "/fsi/api/outpatientSettleService/saveSettletment"]
        {
            assert!(Route::of(path, &profile).unwrap().agrees("2207"), "{path}");
        }
    }

    #[test]
    fn a_profile_adds_its_own_entry() {
        let mut profile = Profile::packed("national").unwrap();
        assert_eq!(Route::of("/own/entry", &profile), None);
        profile.entries.push("/own/entry".to_owned());
        assert_eq!(Route::of("/own/entry", &profile), Some(Route::Any));
    }
}
