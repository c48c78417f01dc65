//! Sales over a pharmacy's counter that lack a prescription, a scanned code, or a buyer of the right sex.

use model::Quantity;

use super::cast::Cast;
use super::{Needs, Place, Stage};
use crate::draft::{AtStake, Pack};
use crate::shelf::ItemId;

pub(super) fn register(cast: &mut Cast<'_>) {
    if let Some(drug) = cast.world.shelf.find("阿利沙坦酯片") {
        unscanned(cast, drug);
    }
    if let Some(drug) = cast.world.shelf.find("保妇康栓") {
        wrong_sex(cast, drug);
    }
}

fn sell(stage: &mut Stage<'_>, drug: ItemId, diagnosis: &str) -> u16 {
    stage.open(0, Place::Pharmacy);
    stage.diagnose(diagnosis, &[]);
    stage.prescribe(drug, 0, 1)
}

fn unscanned(cast: &mut Cast<'_>, drug: ItemId) {
    let rule = "trace-missing";
    cast.scene(Needs::aged(35, 58), move |stage| {
        let line = sell(stage, drug, "I10.x00x002");
        if let Some(line) = stage.visit().lines.get_mut(line as usize) {
            line.pack = Pack::Unscanned;
        }
        stage.whole(rule, "药店售药未扫码", line);
    });
    cast.scene(Needs::aged(35, 58), move |stage| {
        let line = sell(stage, drug, "I10.x00x002");
        if let Some(line) = stage.visit().lines.get_mut(line as usize) {
            line.quantity = Quantity::whole(2);
        }
        stage.visit().look_alike(rule, "两盒，已扫码", Some(line));
    });
}

fn wrong_sex(cast: &mut Cast<'_>, drug: ItemId) {
    let rule = "sex-mismatch-pharmacy";
    // Where a published point says so too, that rule speaks as well.
    let published = cast.world.shelf.item(drug).limits.sex.is_some();
    cast.scene(Needs::aged(25, 50).gender("1"), move |stage| {
        let line = sell(stage, drug, "N73.101");
        stage.whole(rule, "男性凭证购妇科栓剂", line);
        stage.visit().mark_visit("dx-sex-conflict", "男性凭证购妇科栓剂", AtStake::NotJudged);
        if published {
            stage.whole("drug-sex-specific", "男性凭证购妇科栓剂", line);
        }
    });
    cast.scene(Needs::aged(25, 50).gender("2"), move |stage| {
        let line = sell(stage, drug, "N73.101");
        stage.visit().look_alike(rule, "女性购妇科栓剂", Some(line));
    });
}
