//! Schemes of traceability codes: packs sold again, here or elsewhere, sold after a return, scanned for another medicine.

use model::Quantity;

use super::Stage;
use super::schemes::Crew;
use super::swipes::{HOUR, buy};
use crate::draft::Pack;
use crate::shelf::ItemId;

const ONE: Quantity = Quantity::whole(1);

pub(super) fn register(crew: &mut Crew<'_>) {
    let Some(drug) = crew.world.shelf.find("阿利沙坦酯片") else { return };
    sold_again(crew, drug);
    returned(crew, drug);
    mistaken(crew, drug);
}

fn scan(stage: &mut Stage<'_>, line: u16, pack: Pack) {
    if let Some(line) = stage.visit().lines.get_mut(line as usize) {
        line.pack = pack;
    }
}

fn sold_again(crew: &mut Crew<'_>, drug: ItemId) {
    let (again, house) = (crew.by_degree([2, 4, 12]), crew.pharmacy(2));
    crew.scheme(again, 60, move |stage, role| {
        let line = buy(stage, role as i32 * 4, house, drug, 4_300 + 70 * i64::from(role), 12 * HOUR);
        scan(stage, line, Pack::Numbered(1));
        if role > 0 {
            stage.whole("trace-repeat-same-institution", "同一盒药反复结算", line);
        }
    });
    crew.scheme(1, 60, move |stage, _| {
        for n in 0..3 {
            let line = buy(stage, n * 9, house, drug, 1_000, 12 * HOUR);
            scan(stage, line, Pack::Numbered(2));
            if let Some(line) = stage.visit().lines.get_mut(line as usize) {
                line.quantity = Quantity(3_000);
            }
            stage.visit().look_alike("trace-repeat-same-institution", "拆零销售", Some(line));
        }
    });
    for (rule, serial, gaps) in
        [("trace-repeat-far-in-time", 10, [9, 30, 90]), ("trace-repeat-near-in-time", 20, [2, 1, 1])]
    {
        let gap = crew.by_degree(gaps);
        let houses = [crew.pharmacy(3), crew.pharmacy(4)];
        crew.scheme(8, 120, move |stage, role| {
            let (pack, second) = (u64::from(role) / 2, role % 2 == 1);
            let house = houses.get(usize::from(second)).copied().unwrap_or_default();
            let offset = pack as i32 * 3 + if second { gap } else { 0 };
            let line = buy(stage, offset, house, drug, 4_300 + 70 * i64::from(role), 12 * HOUR);
            scan(stage, line, Pack::Numbered(serial + pack));
            if second {
                stage.whole(rule, "同一盒药在另一家店又结算", line);
            }
        });
    }
}

/// Packs that one pharmacy takes back and another one sells; and what the first one may sell again.
fn returned(crew: &mut Crew<'_>, drug: ItemId) {
    let rule = "trace-after-return";
    let packs = crew.by_degree([2, 4, 8]);
    let [first, second] = [crew.pharmacy(9), crew.pharmacy(11)];
    for (packs, serial, second) in [(packs, 100, second), (3, 200, first)] {
        crew.scheme(2 * packs, 120, move |stage, role| {
            let (pack, again) = (role / 2, role % 2 == 1);
            let (offset, house) = (pack as i32 * 6, if again { second } else { first });
            let fen = 4_100 + 70 * i64::from(role);
            let line = buy(stage, offset + if again { 4 } else { 0 }, house, drug, fen, 12 * HOUR);
            scan(stage, line, Pack::Numbered(serial + u64::from(pack)));
            match again {
                false => stage.visit().refund(line, ONE),
                true if second == first => stage.visit().look_alike(rule, "退回后由原药店售出", Some(line)),
                true => stage.whole(rule, "退回的药在另一家店售出", line),
            }
        });
    }
}

/// The pack of one medicine scanned for the sale of another.
fn mistaken(crew: &mut Crew<'_>, drug: ItemId) {
    let Some(scanned) = crew.world.shelf.find("富马酸伏诺拉生片") else { return };
    let (actors, house) = (crew.by_degree([2, 3, 6]), crew.pharmacy(8));
    crew.scheme(actors, 120, move |stage, role| {
        let line = buy(stage, role as i32 * 17, house, drug, 4_500 + 130 * i64::from(role), 15 * HOUR);
        scan(stage, line, Pack::Other(scanned, 300 + u64::from(role)));
        stage.whole("trace-product-mismatch", "扫一种药的码，结算另一种药", line);
    });
}
